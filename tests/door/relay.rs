//! A relay between a client and a server, which breaks connections in the middle.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Passes on what comes. Of its first connections, each is cut after so many bytes of the answer; those behind are left alone.
pub(crate) struct Relay {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Relay {
    pub(crate) fn start(server: &str, cuts: Vec<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = server.trim_start_matches("http://").to_owned();
        let connections = Arc::<AtomicUsize>::default();
        let counted = connections.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let bytes = cuts.get(number).copied().unwrap_or(usize::MAX);
                let (request, upstream) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || pass_on(request, upstream, usize::MAX));
                thread::spawn(move || pass_on(server, client, bytes));
            }
        });
        Self { url, connections }
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mut bytes: usize) {
    let mut piece = [0; 512];
    while bytes > 0 {
        let room = piece.len().min(bytes);
        let Ok(read @ 1..) = from.read(&mut piece[..room]) else { break };
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
        bytes -= read;
    }
    for end in [from, to] {
        let _ = end.shutdown(Shutdown::Both);
    }
}
