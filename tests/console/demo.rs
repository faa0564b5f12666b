//! The demo, which leaves the console open.

use procura_tests::visitor::Visitor;
use procura_tests::{PATIENCE, procura, world::CARLA};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// It prints where the console is, where one may be anybody of the story, and ends with the server when it is told to.
#[test]
fn the_demo_leaves_the_console_open_until_it_is_ended() {
    // Built beside the binary, as it is.
    procura();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
    let mut demo = demo.arg("--serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("The console is open at")).unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    let mut visitor = Visitor::new(&url);
    assert_eq!(visitor.post("/sign-in/as", &[("user", &CARLA.to_string())]).leads_to(), "303 /");
    let home = visitor.get("/").header("location").to_owned();
    assert!(visitor.get(&home).text.contains("Fabrikam"));

    let told = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap();
    assert!(told.success());
    let patience = Instant::now() + PATIENCE;
    while demo.try_wait().unwrap().is_none() {
        assert!(Instant::now() < patience, "the demo does not end");
        thread::sleep(Duration::from_millis(10));
    }
    assert!(std::net::TcpStream::connect(url.trim_start_matches("http://")).is_err(), "the server ends with it");
}
