//! Hash tiles: a client that has nothing but them and signed checkpoints finds an event in the log, and that the log only
//! grew; and what becomes of damaged ones.

use procura_eventlog::{Checkpoint, CheckpointVerifier};
use procura_tests::{Client, Server, apply, procura, run, world};
use serde_json::json;
use std::{fs, path::Path};
use tlog_tiles::{
    Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record, prove_tree, record_hash,
};

/// Two events each.
fn partners(numbers: std::ops::Range<u64>) -> Vec<world::Line> {
    let partner = |number| {
        let data = json!({"partner": world::guid(8, number), "name": "Tailspin",
            "domain": format!("tailspin{number}.example"), "globalAdministrator": world::guid(9, number)});
        world::by_operator("RegisterPartner", data)
    };
    numbers.map(partner).collect()
}

fn told(data: &Path, numbers: std::ops::Range<u64>) {
    apply(data, &world::text(&partners(numbers))).all_recorded();
}

/// The tiles as the server gives them.
struct Served<'a>(&'a Client);

impl TileReader for Served<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            let path = tile.path();
            let (status, _, hashes) = self.0.bytes(&format!("/v1/log/tile/{}", path.strip_prefix("tile/8/").unwrap()));
            assert_eq!(status, 200, "{path}");
            hashes
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn checkpoint(client: &Client, data: &Path) -> Checkpoint {
    let key = run(procura().args(["checkpoint", "key", "--data"]).arg(data), "").stdout;
    let verifier: CheckpointVerifier = key.trim().parse().unwrap();
    let (_, _, note) = client.bytes("/v1/log/checkpoint");
    Checkpoint::open(&note, &verifier).unwrap()
}

#[test]
fn a_client_proves_from_tiles_alone() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    told(&data, 0..300);
    let server = Server::start_on(&data);
    let auditor = server.service("Auditor");
    let old = checkpoint(&auditor, &data);
    server.tell(&partners(300..310));
    let new = checkpoint(&auditor, &data);
    assert_eq!((old.position, new.position), (600, 620));
    let served = Served(&auditor);
    let reader = TileHashReader::new(new.position, Hash(new.root), &served);
    for position in [1, 7, 256, 257, 600, 601, 620] {
        let event = auditor.get(&format!("/v1/events/{position}/proof")).body["event"].as_str().unwrap().to_owned();
        let proof = prove_record(new.position, position - 1, &reader).unwrap();
        check_record(&proof, new.position, Hash(new.root), position - 1, record_hash(event.as_bytes())).unwrap();
    }
    let proof = prove_tree(new.position, old.position, &reader).unwrap();
    check_tree(&proof, new.position, Hash(new.root), old.position, Hash(old.root)).unwrap();
    // Tiles of a log do not lead to the root of another.
    assert!(prove_record(new.position, 3, &TileHashReader::new(new.position, Hash(old.root), &served)).is_err());
}

#[test]
fn a_tile_is_there_as_far_as_the_log_is() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    told(&data, 0..300);
    let server = Server::start_on(&data);
    let auditor = server.service("Auditor");
    let whole = "private, max-age=31536000, immutable";
    for (tile, keep, hashes) in [
        ("0/000", whole, 256),
        ("0/001", whole, 256),
        ("0/002.p/88", "no-store", 88),
        ("0/002.p/1", "no-store", 1),
        ("0/001.p/255", "no-store", 255),
        ("1/000.p/2", "no-store", 2),
    ] {
        let (status, cached, bytes) = auditor.bytes(&format!("/v1/log/tile/{tile}"));
        assert_eq!((status, cached.as_str(), bytes.len()), (200, keep, hashes * 32), "{tile}");
    }
    for (tile, says) in [
        ("0/002", "there is no tile 0/002 over the 600 events"),
        ("0/002.p/89", "there is no tile 0/002.p/89 over the 600 events"),
        ("0/003.p/1", "there is no tile"),
        ("1/000", "there is no tile"),
        ("1/000.p/3", "there is no tile"),
        ("2/000.p/1", "there is no tile"),
        ("63/000.p/1", "there is no tile"),
        ("0/x018/x446/x744/x073/x709/x551/615", "there is no tile"),
        ("0/x018/x446/x744/x073/x709/x551/616", "not the path of a hash tile"),
        ("0/2", "not the path of a hash tile"),
        ("entries/000", "not the path of a hash tile"),
        ("8/0/000", "not the path of a hash tile"),
        ("0/000.p/256", "not the path of a hash tile"),
    ] {
        assert_eq!(auditor.get(&format!("/v1/log/tile/{tile}")).differs(404, "notFound", says), None, "{tile}");
    }
}

#[test]
fn damaged_tiles_are_made_again() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    told(&data, 0..300);
    let files = ["0", "1"].map(|level| data.join("tiles").join(level));
    let read = || files.each_ref().map(|file| fs::read(file).unwrap());
    let sound = read();
    assert_eq!(sound.each_ref().map(Vec::len), [600 * 32, 2 * 32]);
    let paths = ["0/000", "0/001", "0/002.p/88", "1/000.p/2"];
    let served = |server: &Server| {
        let auditor = server.service("Auditor");
        paths.map(|path| auditor.bytes(&format!("/v1/log/tile/{path}")).2).concat()
    };
    let verified = |says: &str| {
        let ran = run(procura().arg("verify").arg("--data").arg(&data), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(says) && (ran.stdout.contains("tiles") != says.is_empty()), "{}", ran.stdout);
    };
    let damages: [(&dyn Fn(), &str); 4] = [
        (&|| fs::remove_dir_all(data.join("tiles")).unwrap(), ""),
        (&|| fs::write(&files[0], [sound[0].as_slice(), &[0; 4096]].concat()).unwrap(), ""),
        (&|| fs::write(&files[0], &sound[0][..1000]).unwrap(), ""),
        (
            &|| fs::write(&files[0], vec![0; 600 * 32]).unwrap(),
            "600 hashes are not those of the log; the next start makes them again",
        ),
    ];
    for (damage, says) in damages {
        damage();
        verified(says);
        let mut server = Server::start_on(&data);
        assert_eq!(served(&server), sound.concat());
        // While the server runs.
        fs::write(&files[0], vec![7; 600 * 32]).unwrap();
        assert_eq!(served(&server), sound.concat());
        server.stop();
        assert!(read() == sound);
        verified("");
    }
}
