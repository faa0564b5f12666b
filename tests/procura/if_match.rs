//! `If-Match`: a command decided on what its caller has seen, and refused where there is something newer.

use procura_tests::{Client, Server, world};
use serde_json::json;
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, guid};

#[test]
fn a_command_is_refused_where_its_customer_has_newer_events() {
    let server = Server::start();
    server.tell(&world::tenants());
    let (carla, alex) = (server.user(CARLA), server.user(ALEX));
    let newest = || carla.get(&format!("/v1/customers/{CONTOSO}/subscriptions")).position.unwrap();
    let seen = newest();
    let register =
        |number| json!({"customer": CONTOSO, "subscription": guid(7, number), "kind": "azure", "name": "Web"});
    let post = |client: &Client, command: &str, fields: &serde_json::Value, expected: &str| {
        let headers = [("content-type", "application/json"), ("if-match", expected)];
        let reply = client.try_send("POST", &format!("/v1/commands/{command}"), &headers, &fields.to_string()).unwrap();
        (reply.status, reply.body["code"].as_str().unwrap_or_default().to_owned(), reply.body["detail"].to_string())
    };

    // What happens to others does not count.
    let invite = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    alex.command("SendInvite", &invite);
    assert_eq!(post(&carla, "RegisterSubscription", &register(1), &seen.to_string()).0, 201);

    let (status, code, detail) = post(&carla, "RegisterSubscription", &register(2), &format!("\"{seen}\""));
    assert_eq!((status, code.as_str()), (412, "positionConflict"), "{detail}");
    // What is newer, and where it stands, may be another's to know (VIS-6).
    assert!(detail.contains(&format!("position {seen},")) && !detail.contains(&newest().to_string()), "{detail}");
    // Also where the rules would refuse it now.
    assert_eq!(post(&carla, "RegisterSubscription", &register(1), &seen.to_string()).1, "positionConflict");
    // A partner is looked at where no customer is named.
    assert_eq!(post(&alex, "SendInvite", &invite, &seen.to_string()).1, "positionConflict");
    // Whoever has seen more than there is has seen another log.
    let (status, code, detail) = post(&carla, "RegisterSubscription", &register(2), "99999");
    assert_eq!((status, code.as_str()), (412, "positionConflict"), "{detail}");
    assert!(detail.contains("restored"), "{detail}");
    // Whoever may not know of the customer learns nothing of its events.
    let without = post(&alex, "RegisterSubscription", &register(3), "999999");
    assert_eq!(post(&alex, "RegisterSubscription", &register(3), "0"), without);
    assert_eq!(without.1, "notFound");

    assert_eq!(post(&carla, "RegisterSubscription", &register(2), &newest().to_string()).0, 201);
}
