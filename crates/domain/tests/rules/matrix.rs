//! The golden authorization matrix: every cell of `tests/matrix.txt`, which says what its signs and names mean.

use crate::given::*;
use serde_json::json;

const S_OWN: &str = S1;
const S_SHARED: &str = S2;
const S_365: &str = "bbbbbbbb-0000-4000-8000-000000000003";
const S_PROV: &str = "bbbbbbbb-0000-4000-8000-000000000004";
const D_P: &str = V1;
const D_R: &str = V2;
const D_INTUNE: &str = "ffffffff-0000-4000-8000-000000000003";
const GC: Who = DU;

const SITUATIONS: [&str; 5] = ["none", "relationship", "dap", "revoked", "ended"];
const ROWS: usize = 40;
const SUBJECTS: usize = 15;

#[test]
fn every_cell_of_the_matrix_holds() {
    let text = include_str!("../matrix.txt");
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    let (mut situations, mut cells, mut differing) = (Vec::new(), 0, String::new());
    while let Some(situation) = lines.next() {
        let situation = situation.strip_prefix("== ").unwrap();
        situations.push(situation);
        let world = world_in(situation);
        let (_, subjects) = lines.next().unwrap().split_once('|').unwrap();
        let subjects: Vec<_> = subjects.split_whitespace().collect();
        while let Some(row) = lines.next_if(|line| !line.starts_with("==")) {
            let (asked, row) = row.split_once('|').unwrap();
            let (action, resource) = asked.trim().split_once(' ').unwrap();
            let row: Vec<_> = row.split_whitespace().collect();
            assert_eq!(row.len(), subjects.len(), "{situation}: {asked}");
            for (name, expected) in subjects.iter().zip(row) {
                let head = world.state.timeline.head().0;
                let found = shown(&world.decision(head, subject(name), action, on(resource)));
                let cell = match found.as_str() {
                    "unknown" => "-",
                    yes if yes.starts_with("yes: ") => "y",
                    no if no.starts_with("no: ") => "n",
                    _ => "?",
                };
                if cell != expected {
                    differing += &format!("{situation}: {name} {action} {resource}: {expected} expected, {found}\n");
                }
                cells += 1;
            }
        }
    }
    assert_eq!(situations, SITUATIONS);
    assert_eq!(cells, SITUATIONS.len() * ROWS * SUBJECTS, "the file is not whole");
    assert!(differing.is_empty(), "{} cells differ:\n{differing}", differing.lines().count());
}

fn world_in(situation: &str) -> World {
    let s_365 = json!({"customer": C, "subscription": S_365, "kind": "microsoft365", "name": "Office"});
    let world = world()
        .and([helpdesk_of_c(), d_arrives()])
        .and(arrives(RG, RA))
        .and([invites(RA, K, false), accepts(CG, K)])
        .and([registers(S_OWN, A1), assigns(CG, S_OWN, NONE, "Contributor", GC)])
        .and([registers(S_SHARED, A2), assigns(CG, S_SHARED, A3, "Reader", P_HELPDESK)])
        .and([did(CG, "RegisterSubscription", s_365)])
        .and([adds_device(RA, D_R), adds_own_device(D_INTUNE, "intune")]);
    let s_prov = || provisions(PA, S_PROV, "eeeeeeee-0000-4000-8000-000000000004");
    match situation {
        "none" => world,
        "relationship" => world.and([invites(PA, J, false), accepts(CG, J), s_prov(), adds_device(PA, D_P)]),
        "dap" => world.and([accepts(CG, I), s_prov(), adds_device(PA, D_P)]),
        "revoked" => world.and([accepts(CG, I), s_prov(), adds_device(PA, D_P), revokes(CG, P)]),
        "ended" => world.and([accepts(CG, I), adds_device(PA, D_P), ends(PA)]),
        other => panic!("no situation {other}"),
    }
}

fn subject(name: &str) -> Who {
    match name {
        "AG" => CG,
        "HD" => CH,
        "CU" => CU,
        "AA" => PA,
        "HA" => PH,
        "SA" => PS,
        "PG" => PG,
        "PU" => PU,
        "gAA" => P_ADMINS,
        "gHA" => P_HELPDESK,
        "gSA" => P_SALES,
        "RA" => RA,
        "DG" => DG,
        "GC" => GC,
        "XX" => STRANGER,
        other => panic!("no subject {other}"),
    }
}

fn on(resource: &str) -> On {
    match resource {
        "C" => customer(C),
        "C,partner=P" => customer(C).beside(P),
        "P" => partner(P),
        "s-own" => subscription(S_OWN),
        "s-shared" => subscription(S_SHARED),
        "s-365" => subscription(S_365),
        "s-prov" => subscription(S_PROV),
        "d-P" => device(D_P),
        "d-R" => device(D_R),
        "d-intune" => device(D_INTUNE),
        other => panic!("no resource {other}"),
    }
}
