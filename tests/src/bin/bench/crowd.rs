//! The data directory that attacks are made on: a large partner, a customer with many devices, a pair with a long past,
//! and a small tenant that has nothing to do with them.

use procura_tests::{
    procura,
    world::{self, ALEX, Actor, CARLA, CONTOSO, FABRIKAM, LENA, NOAH, NORTHWIND, User, guid},
};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    ops::Range,
    path::Path,
    process::Stdio,
};

/// The customer whose relationship with Fabrikam was ended and established again, over and over.
pub(crate) const TAILSPIN: &str = "aaaaaaaa-0000-4000-8000-000000000001";
/// Tailspin's Global administrator.
const TINA: User = User { tenant: TAILSPIN, user: "a0000000-0000-4000-8000-000000000010" };

/// Customers of Northwind, beside Litware.
const NEIGHBOURS: u64 = 20;

/// How much there is.
#[derive(clap::Args)]
pub(crate) struct Sizes {
    /// Customers of Fabrikam, half of them without delegated admin privileges any more
    #[arg(long, default_value_t = 20_000)]
    customers: u64,
    /// Devices of Contoso
    #[arg(long, default_value_t = 100_000)]
    devices: u64,
    /// How often Fabrikam's relationship with Tailspin was established
    #[arg(long, default_value_t = 4_000)]
    cycles: u64,
}

/// Fills the data directory with `procura apply`, which shows how far it is.
pub(crate) fn fill(data: &Path, lines: &Path, sizes: &Sizes) {
    let mut file = BufWriter::new(File::create(lines).unwrap());
    write(&mut file, sizes);
    file.into_inner().unwrap();
    let mut apply = procura();
    let mut apply = apply.arg("apply").arg("--data").arg(data).arg(lines).stdout(Stdio::piped()).spawn().unwrap();
    for answer in BufReader::new(apply.stdout.take().unwrap()).lines() {
        let answer = answer.unwrap();
        assert!(answer.contains("\"ok\":true"), "refused: {answer}");
    }
    assert!(apply.wait().unwrap().success());
}

fn write(file: &mut impl Write, sizes: &Sizes) {
    file.write_all(world::text(&world::tenants()).as_bytes()).unwrap();
    let mut line = |actor: &Value, command: &str, data: Value| {
        writeln!(file, "{}", json!({"command": command, "actor": actor, "data": data})).unwrap();
    };
    let of = |user: User| Actor::User(user).json();
    let mut relationship = |agent: User, administrator: User, number: u64| {
        line(&of(agent), "SendInvite", invitation(agent, &guid(1, number), "once"));
        let accept = json!({"invitation": guid(1, number), "customer": administrator.tenant});
        line(&of(administrator), "AcceptInvite", accept);
    };
    relationship(ALEX, CARLA, 1);
    relationship(NOAH, LENA, 2);

    line(&operator(), "RegisterCustomer", registered(TAILSPIN, "Tailspin", TINA.user));
    for cycle in 0..sizes.cycles {
        if cycle > 0 {
            line(&of(ALEX), "EndRelationship", json!({"customer": TAILSPIN, "partner": FABRIKAM}));
        }
        let id = guid(2, cycle);
        line(&of(ALEX), "SendInvite", invitation(ALEX, &id, "once"));
        line(&of(TINA), "AcceptInvite", json!({"invitation": id, "customer": TAILSPIN}));
    }

    let mut customers = |agent: User, many: &str, numbers: Range<u64>| {
        line(&of(agent), "SendInvite", invitation(agent, many, "many"));
        for number in numbers {
            let (customer, administrator) = (guid(3, number), guid(4, number));
            let itself = json!({"tenant": customer, "user": administrator});
            line(&operator(), "RegisterCustomer", registered(&customer, &format!("Customer {number}"), &administrator));
            line(&itself, "AcceptInvite", json!({"invitation": many, "customer": customer}));
            if number % 2 == 1 {
                line(&itself, "RevokeDap", json!({"customer": customer, "partner": agent.tenant}));
            }
        }
    };
    customers(NOAH, &guid(1, 3), 0..NEIGHBOURS);
    customers(ALEX, &guid(1, 4), NEIGHBOURS..NEIGHBOURS + sizes.customers);

    for number in 0..sizes.devices {
        let device = json!({"customer": CONTOSO, "partner": FABRIKAM, "device": guid(7, number),
            "serialNumber": number.to_string(), "manufacturer": "Fabrikam", "model": "Book 9"});
        line(&of(ALEX), "AddDevice", device);
    }
}

fn operator() -> Value {
    Actor::Operator("Odile Perrin").json()
}

fn invitation(agent: User, id: &str, uses: &str) -> Value {
    json!({"invitation": id, "partner": agent.tenant, "delegatedAdmin": true, "locale": "en", "uses": uses})
}

fn registered(customer: &str, name: &str, administrator: &str) -> Value {
    let domain = format!("{}.example", name.to_lowercase().replace(' ', "-"));
    json!({"customer": customer, "name": name, "domain": domain, "globalAdministrator": administrator})
}

/// A page of what the small tenant's partner sees.
pub(crate) fn small_page() -> String {
    format!("/v1/partners/{NORTHWIND}/customers?limit=10")
}
