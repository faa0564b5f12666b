//! What is shipped beside the binary: units, configuration, completions, manual pages; and the first installation, as
//! `docs/operating.md` has it. `scripts/package` makes the packages themselves and starts a server from one.

use crate::tidy::root;
use procura_tests::{procura, provider::Provider, run, tools::python_tool};
use std::{collections::BTreeSet, fs, net::TcpListener, path::PathBuf, process::Command};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The commands of the help, and theirs, as `procura-report-verify`.
fn commands() -> BTreeSet<String> {
    fn walk(words: &[String], found: &mut BTreeSet<String>) {
        let help = run(procura().args(&words[1..]).arg("--help"), "").stdout;
        found.insert(words.join("-"));
        let nested = if words.len() == 1 { "\nAsk:\n" } else { "\nCommands:\n" };
        let Some((_, listed)) = help.split_once(nested) else { return };
        let listed = listed.split("Options:").next().unwrap();
        for line in listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap().to_owned();
            if name != "help" {
                walk(&[words, &[name]].concat(), found);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&["procura".to_owned()], &mut found);
    found
}

#[test]
fn every_command_has_a_manual_page() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("man");
    assert_eq!(run(procura().arg("man").arg(&folder), "").code, 0);
    let pages: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap().strip_suffix(".1").unwrap().to_owned())
        .collect();
    assert_eq!(pages, commands());
    for page in pages {
        let text = fs::read_to_string(folder.join(format!("{page}.1"))).unwrap();
        assert!([".TH ", ".SH NAME", ".SH SYNOPSIS"].iter().all(|part| text.contains(part)), "{page}: {text}");
    }
}

#[test]
fn every_shell_completes_every_command_and_flag() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(procura().args(["completions", shell]), "");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}");
        for command in commands() {
            let last = command.trim_start_matches("procura-").rsplit('-').next().unwrap();
            assert!(ran.stdout.contains(last), "{shell} does not know {command}");
        }
        for flag in ["with-keys", "tls-certificate", "checkpoint-every"] {
            assert!(ran.stdout.contains(flag), "{shell} does not know {flag}");
        }
    }
    let script = run(procura().args(["completions", "bash"]), "").stdout;
    let asked = format!(
        "{script}\nCOMP_WORDS=(procura back) COMP_CWORD=1\n_procura procura back procura\necho \"${{COMPREPLY[*]}}\""
    );
    let ran = run(Command::new("bash").arg("-e"), &asked);
    assert_eq!((ran.code, ran.stdout.trim()), (0, "backup"), "{}", ran.stderr);
}

/// What `scripts/package` makes first, so that it is not there yet.
const MADE: [&str; 2] = ["target/", "../../target/package/"];

#[test]
fn what_the_package_names_is_there() {
    let manifest: toml::Value = toml::from_str(&read("crates/cli/Cargo.toml")).unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets: Vec<_> = deb["assets"].as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
    for asset in assets.iter().filter(|asset| !MADE.iter().any(|made| asset.starts_with(made))) {
        let (folder, name) = asset.rsplit_once('/').unwrap();
        let end = name.strip_prefix('*');
        let there = fs::read_dir(root().join("crates/cli").join(folder)).unwrap();
        let found = there.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(found.into_iter().any(|file| end.map_or(file == name, |end| file.ends_with(end))), "{asset}");
    }
    // And the package names what is there.
    for entry in fs::read_dir(root().join("packaging")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_named = assets.iter().any(|asset| {
            let asset = asset.rsplit('/').next().unwrap();
            asset == name || asset.strip_prefix('*').is_some_and(|end| name.ends_with(end))
        });
        assert!(is_named || ["debian", "Containerfile"].contains(&name.as_str()), "{name} is in no package");
    }
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("docs/operating.md").contains(&format!("./procura_{version}-1_amd64.deb")));
}

/// The settings of a unit under that key.
fn settings<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn the_units_name_what_the_package_and_the_program_have() {
    let manifest = read("crates/cli/Cargo.toml");
    let shipped: toml::Value = toml::from_str(&read("packaging/procura.toml")).unwrap();
    for name in ["procura", "procura-backup", "procura-drill"] {
        let unit = read(&format!("packaging/{name}.service"));
        let [command] = settings(&unit, "ExecStart")[..] else { panic!("{name} starts one program") };
        let program = command.split(' ').next().unwrap();
        let (folder, file) = program.strip_prefix('/').unwrap().rsplit_once('/').unwrap();
        let is_shipped = |line: &str| line.contains(&format!("/{file}\", \"{folder}/\", \"755\""));
        assert!(manifest.lines().any(is_shipped), "{program} is in no package");
        assert_eq!(settings(&unit, "User"), ["procura"]);
        assert_eq!(settings(&unit, "StateDirectoryMode"), ["0700"]);
        for hardened in ["NoNewPrivileges", "PrivateTmp", "MemoryDenyWriteExecute", "RestrictNamespaces"] {
            assert_eq!(settings(&unit, hardened), ["yes"], "{name}: {hardened}");
        }
        assert_eq!(settings(&unit, "ProtectSystem"), ["strict"]);
    }
    let unit = read("packaging/procura.service");
    let folders: Vec<_> = settings(&unit, "StateDirectory").iter().flat_map(|names| names.split(' ')).collect();
    let named = [&shipped["data"], &shipped["checkpoints"]["folder"]].map(|path| path.as_str().unwrap());
    assert_eq!(folders.iter().map(|name| format!("/var/lib/{name}")).collect::<Vec<_>>(), named);
    assert_eq!(settings(&unit, "RestartPreventExitStatus"), ["2"]);
    // As the unit has it, but for the configuration's place; `config check` takes what `serve` takes.
    let words: Vec<_> = settings(&unit, "ExecStart")[0].split(' ').collect();
    assert_eq!(words[1..], ["serve", "--config", "/etc/procura/procura.toml"]);
    let ran = run(procura().args(["config", "check", "--config"]).arg(root().join("packaging/procura.toml")), "");
    assert_eq!((ran.code, ran.stdout.trim()), (0, "sound"), "{}", ran.stderr);
}

/// Everything that is commented out fits as well.
#[test]
fn the_suggestions_of_the_shipped_configuration_are_sound() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("procura.toml");
    let is_setting = |text: &str| text.starts_with('[') || text.split_once(" = ").is_some();
    let lines: Vec<_> = read("packaging/procura.toml")
        .lines()
        .map(|line| line.strip_prefix('#').filter(|text| is_setting(text)).unwrap_or(line).to_owned())
        .collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let ran = run(procura().args(["config", "show", "--config"]).arg(&file), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("https://procura.example.com:8443") && ran.stdout.contains("id.example.com"));
}

#[test]
fn the_container_file_is_sound() {
    let ran = run(python_tool("hadolint").arg(root().join("packaging/Containerfile")), "");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

/// A machine for the page: what the package manager, systemd and the network do there, around the commands as they are
/// written. It installs the binary under test, and `new.example.com` is the same machine without its data.
const MACHINE: &str = r#"
sudo() { [ "$1" != -u ] || shift 2; "$@"; }
chgrp() { :; }
chown() { :; }
apt-get() {
    mkdir -p /etc/procura /usr/share/doc/procura/examples
    cp ROOT/packaging/backup.env /usr/share/doc/procura/examples/
    sed 's,/var/lib,LIB,' ROOT/packaging/procura.toml > /etc/procura/procura.toml
}
stop() { [ -z "${server:-}" ] || { kill "$server"; wait "$server"; server=; }; }
trap stop EXIT
run_unit() { (set -a; . /etc/procura/backup.env; set +a; mkdir -p /var/lib/procura-backups; "$@"); }
systemctl() {
    case "$*" in
    "enable --now procura")
        mkdir -p /var/lib/procura-checkpoints; : > says
        SERVE >> says & server=$!
        until grep -q listening says; do kill -0 "$server"; sleep 0.05; done ;;
    "disable --now procura") stop ;;
    "start procura-backup procura-drill") run_unit BACKUP; run_unit DRILL ;;
    "enable --now procura-backup.timer procura-drill.timer") ;;
    *) echo "what is $*?" >&2; false ;;
    esac
}
sudoedit() {
    sed -i 's,^#PROCURA_CA_FILE.*,PROCURA_CA_FILE=/etc/procura/tls.pem,; s,^CLIENT_SECRET=,&worker-secret,
        s,procura-backup$,worker,; s,^TOKEN_URL=.*,TOKEN_URL=https://id.example.com/token,
        s,^PROCURA_URL=.*,PROCURA_URL=https://procura.example.com:8443,' "$1"
}
scp() { mv procura-move.tar sent.tar; rm -r /etc/procura /var/lib/procura*; mv sent.tar procura-move.tar; }
"#;

#[test]
fn a_server_is_installed_backed_up_and_moved_as_the_page_of_operating_says() {
    let provider = Provider::start();
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let page = read("docs/operating.md");
    let blocks: Vec<_> = page.split("```bash\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert_eq!(commands_in(blocks[0]), 10, "ten commands from nothing to a server");
    let started = |unit: &str| settings(&read(&format!("packaging/{unit}.service")), "ExecStart")[0].to_owned();
    let machine = MACHINE
        .replace("SERVE", &started("procura"))
        .replace("BACKUP", &started("procura-backup"))
        .replace("DRILL", &started("procura-drill"));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let here = |path: &str| home.join(path).display().to_string();
    let script = format!("{machine}\n{}", blocks.join("\n"))
        .replace("/usr/bin/procura", "procura")
        .replace("/usr/lib/procura", &root().join("packaging").display().to_string())
        .replace("/usr/share", &here("usr/share"))
        .replace("/etc/procura", &here("etc/procura"))
        .replace("/var/lib/procura", &here("var/lib/procura"))
        .replace("s,/var/lib,LIB,", &format!("s,/var/lib,{},; /^#/d", here("var/lib")))
        .replace("ROOT", &root().display().to_string())
        .replace("procura-admin", "worker");
    let script = at_home(&script, provider.issuer(), &port);
    let binary = PathBuf::from(procura().get_program());
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let ran = run(
        Command::new("timeout")
            .args(["60", "bash", "-euo", "pipefail", "-c", &script])
            .current_dir(home)
            .env("PATH", path),
        "worker-secret\n",
    );
    assert_eq!(ran.code, 0, "{script}\n{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains(r#""roles":["Operator"]"#), "{}", ran.stdout);
    assert!(ran.stdout.contains(".procura can be restored"), "{}", ran.stdout);
    assert!(home.join("var/lib/procura/log").is_dir(), "the data went along");
}

/// Where the page has names of its own, those of the provider and the server here.
fn at_home(script: &str, issuer: &str, port: &str) -> String {
    let script = script.replace("https://id.example.com", issuer);
    script.replace("procura.example.com", "localhost").replace("8443", port)
}

/// How many commands are in a block: lines that neither go on from another nor stand in a document.
fn commands_in(block: &str) -> usize {
    let (mut count, mut goes_on, mut inside) = (0, false, false);
    for line in block.lines() {
        if inside {
            inside = line != "END";
            continue;
        }
        count += usize::from(!goes_on);
        (goes_on, inside) = (line.ends_with('\\'), line.ends_with("<<'END'"));
    }
    count
}
