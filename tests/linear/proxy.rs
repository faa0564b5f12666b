//! Faults in live traffic: a proxy between the clients and the server that answers from an old page, or drops a header.

use crate::{
    checker,
    host::Host,
    run::{Weather, record},
    wire::{Head, read_body},
};
use procura_tests::Dice;
use std::{
    collections::HashMap,
    io::{self, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A fault is found in one of so many histories.
const HISTORIES: u64 = 20;
/// Percent of the reads that are answered from an old page.
const STALE_PERCENT: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It only passes on.
    None,
    /// It answers some reads as the same read was answered first.
    StaleReads,
    /// The server does not get to see this header.
    Without(&'static str),
}

#[test]
fn a_proxy_with_a_fault_is_found_and_one_without_is_not() {
    let host = Host::start();
    let server = host.address().socket;
    let mut number = 0;
    for fault in [Fault::None, Fault::StaleReads, Fault::Without("idempotency-key"), Fault::Without("if-match")] {
        host.redirect(start(server, fault));
        let found = (0..HISTORIES).position(|_| {
            number += 1;
            let recorded = record(&host, number, Dice::of(11, number), Weather::Still, 0).unwrap();
            let is_wrong = checker::check(&recorded.history).is_err();
            if is_wrong {
                println!("{fault:?}: {}", checker::report(&recorded.history));
            }
            is_wrong
        });
        assert_eq!(found.is_some(), fault != Fault::None, "{fault:?}: {found:?}");
    }
}

/// Where the proxy listens. Its threads end with the test.
fn start(server: SocketAddr, fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let pages = Arc::new(Mutex::new(HashMap::new()));
    thread::spawn(move || {
        for (client, number) in listener.incoming().zip(0..) {
            let (proxy, client) = (Proxy { fault, pages: pages.clone(), dice: Dice::new(number) }, client.unwrap());
            // It ends when one side closes its connection.
            thread::spawn(move || proxy.pass_on(client, TcpStream::connect(server).unwrap()));
        }
    });
    address
}

/// One connection.
struct Proxy {
    fault: Fault,
    /// The first answer to each read.
    pages: Arc<Mutex<HashMap<String, String>>>,
    dice: Dice,
}

impl Proxy {
    fn pass_on(mut self, client: TcpStream, server: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
        loop {
            let mut request = Head::read(&mut client)?;
            let body = read_body(&mut client, &request.headers)?;
            if let Fault::Without(header) = self.fault {
                request.headers.retain(|(name, _)| name != header);
            }
            server.get_mut().write_all(text(&request, &body).as_bytes())?;
            let answer = Head::read(&mut server)?;
            let answer = text(&answer, &read_body(&mut server, &answer.headers)?);
            let is_read = !request.first.contains("/v1/commands/");
            let answer = if is_read && self.fault == Fault::StaleReads {
                let first = self
                    .pages
                    .lock()
                    .unwrap()
                    .entry(format!("{} {body}", request.first))
                    .or_insert(answer.clone())
                    .clone();
                if self.dice.chance(STALE_PERCENT) { first } else { answer }
            } else {
                answer
            };
            client.get_mut().write_all(answer.as_bytes())?;
        }
    }
}

fn text(head: &Head, body: &str) -> String {
    let headers: String = head.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{}\r\n{headers}\r\n{body}", head.first)
}
