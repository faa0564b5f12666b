//! The commands of the pages under `docs/`, run as they are written.

use procura_tests::procura;
use std::{fs, net::TcpListener, path::PathBuf, process::Command};

/// The commands of a page, on another port and in another folder, with the binary under test; and what they print is what
/// the page shows.
fn commands_work_as_written(page: &str, folder: &str) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let page = fs::read_to_string(format!("{root}/{page}")).unwrap();
    let blocks: String = page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let home = tempfile::tempdir().unwrap();
    let binary = PathBuf::from(procura().get_program());
    let ready = "until curl -sf http://127.0.0.1:7878/readyz >/dev/null; do sleep 0.05; done";
    let script = blocks
        .replace("--dev &\n", &format!("--dev --listen 127.0.0.1:7878 >/dev/null &\ntrap 'kill %1' EXIT\n{ready}\n"))
        .replace(folder, home.path().to_str().unwrap())
        .replace("7878", &port);
    let script = format!("PATH={}:$PATH\n{script}", binary.parent().unwrap().display());
    let ran = Command::new("timeout").args(["60", "bash", "-euc", &script]).current_dir(root).output().unwrap();
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert!(ran.status.success(), "{script}\n{out}\n{err}");
    for shown in page.split("```text\n").skip(1).map(|block| block.split("```").next().unwrap()) {
        let shown = shown.split("<log id>").map(str::trim).collect::<Vec<_>>();
        assert!(shown.iter().all(|part| out.contains(part)), "the commands do not print {shown:?}: {out}");
    }
}

#[test]
fn an_auditor_does_what_the_page_of_checkpoints_says() {
    commands_work_as_written("docs/checkpoints.md", "/tmp/procura-audit");
}

#[test]
fn an_auditor_asks_about_a_stretch_of_time_as_its_page_says() {
    commands_work_as_written("docs/over-time.md", "/tmp/procura-over-time");
}

#[test]
fn a_reader_of_reports_does_what_the_page_of_reports_says() {
    commands_work_as_written("docs/reports.md", "/tmp/procura-reports");
}

#[test]
fn an_operator_does_what_the_page_of_operating_says() {
    commands_work_as_written("docs/operating.md", "/tmp/procura-operating");
}

#[test]
fn an_operator_upgrades_and_goes_back_as_the_page_says() {
    commands_work_as_written("docs/upgrading.md", "/tmp/procura-upgrading");
}

#[test]
fn a_client_does_what_the_page_of_http_says() {
    commands_work_as_written("docs/http.md", "/tmp/procura-http");
}

#[test]
fn somebody_who_asks_ahead_is_told_what_the_page_says() {
    commands_work_as_written("docs/what-if.md", "/tmp/procura-what-if");
}

#[test]
fn whoever_reads_a_history_does_what_its_page_says() {
    commands_work_as_written("docs/history.md", "/tmp/procura-history");
}

#[test]
fn whoever_issues_a_command_by_hand_does_what_its_page_says() {
    commands_work_as_written("docs/doing.md", "/tmp/procura-doing");
}
