//! The golden authorization matrices: every cell of `tests/matrix.txt` and of `tests/autopilot.txt`, which say what
//! their signs and names mean.

use crate::given::*;
use serde_json::json;

const S_OWN: &str = S1;
const S_SHARED: &str = S2;
const S_365: &str = "bbbbbbbb-0000-4000-8000-000000000003";
const S_PROV: &str = "bbbbbbbb-0000-4000-8000-000000000004";
const S_CANCELLED: &str = "bbbbbbbb-0000-4000-8000-000000000005";
const A4: &str = "eeeeeeee-0000-4000-8000-000000000004";
const A5: &str = "eeeeeeee-0000-4000-8000-000000000005";
const A6: &str = "eeeeeeee-0000-4000-8000-000000000006";
const D_P: &str = V1;
const D_R: &str = V2;
const D_INTUNE: &str = V3;
const P_C: &str = F1;
const GC: Who = DU;

const SITUATIONS: [&str; 7] = ["none", "relationship", "dap", "revoked", "ended", "renegotiated", "cancelled"];
/// Seven situations, 72 rows, 15 subjects.
const CELLS: usize = 7 * 72 * 15;

/// Of the Autopilot matrix: the customer's own devices and R's in every situation, P's in all but `none`.
const AUTOPILOT_ROWS: usize = (4 * 5 + 4) * 2;
const AUTOPILOT_ACTIONS: usize = 8;
const AUTOPILOT_SUBJECTS: usize = 5;

/// A cell of the matrix.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) situation: &'static str,
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) subject: &'static str,
    /// `y`, `n` or `-`.
    pub(crate) expected: &'static str,
}

/// The cells of `tests/matrix.txt`: all of them, each once.
pub(crate) fn cells() -> Vec<Cell> {
    let text = include_str!("../matrix.txt");
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    let (mut situations, mut cells) = (Vec::new(), Vec::new());
    while let Some(situation) = lines.next() {
        let situation = situation.strip_prefix("== ").unwrap();
        situations.push(situation);
        let (_, subjects) = lines.next().unwrap().split_once('|').unwrap();
        let subjects: Vec<_> = subjects.split_whitespace().collect();
        while let Some(row) = lines.next_if(|line| !line.starts_with("==")) {
            let (asked, row) = row.split_once('|').unwrap();
            let (action, resource) = asked.trim().split_once(' ').unwrap();
            let row: Vec<_> = row.split_whitespace().collect();
            assert_eq!(row.len(), subjects.len(), "{situation}: {asked}");
            let row = subjects.iter().zip(row);
            cells.extend(row.map(|(subject, expected)| Cell { situation, action, resource, subject, expected }));
        }
    }
    assert_eq!(situations, SITUATIONS);
    let mut asked: Vec<_> = cells.iter().map(|c| (c.situation, c.action, c.resource, c.subject)).collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), cells.len()), (CELLS, CELLS), "the file is not whole");
    cells
}

/// The sign that a cell has for this answer.
fn sign(found: &str) -> &'static str {
    match found {
        "unknown" => "-",
        yes if yes.starts_with("yes: ") => "y",
        no if no.starts_with("no: ") => "n",
        _ => "?",
    }
}

#[track_caller]
pub(crate) fn assert_none(differing: &[String]) {
    assert!(differing.is_empty(), "{} cells differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn every_cell_of_the_matrix_holds() {
    let worlds = SITUATIONS.map(|situation| (situation, world_in(situation)));
    let differing = cells().into_iter().filter_map(|Cell { situation, action, resource, subject, expected }| {
        let (_, world) = worlds.iter().find(|(of, _)| *of == situation)?;
        let found = world.shown(&world.decision(world.state.timeline.head().0, who(subject), action, on(resource)));
        let differs = sign(&found) != expected;
        differs.then(|| format!("{situation}: {subject} {action} {resource}: {expected} expected, {found}"))
    });
    assert_none(&differing.collect::<Vec<_>>());
}

pub(crate) fn world_in(situation: &str) -> World {
    let s_365 = json!({"customer": C, "subscription": S_365, "kind": "microsoft365", "name": "Office"});
    let world = world()
        .and([helpdesk_of_c(), d_arrives()])
        .and(arrives(RG, RA))
        .and([invites(RA, K, false), accepts(CG, K)])
        .and([registers(S_OWN, A1), had_assigned(S_OWN, NONE, "Contributor", GC)])
        .and([registers(S_SHARED, A2), had_assigned(S_SHARED, A3, "Reader", P_HELPDESK)])
        .and([did(CG, "RegisterSubscription", s_365)])
        .and([registers(S_CANCELLED, A5), had_assigned(S_CANCELLED, A6, "Contributor", GC), cancels(CG, S_CANCELLED)])
        .and([adds_device(RA, D_R), adds_own_device(D_INTUNE, "intune"), makes_profile(CG, P_C)]);
    let s_prov = || provisions(PA, S_PROV, A4);
    let related = |world: World| world.and([invites(PA, J, false), accepts(CG, J), s_prov(), adds_device(PA, D_P)]);
    let trusted = |world: World| world.and([accepts(CG, I), s_prov(), adds_device(PA, D_P)]);
    match situation {
        "none" => world,
        "relationship" => related(world),
        "dap" => trusted(world),
        "revoked" => trusted(world).and([revokes(CG, P)]),
        "ended" => world.and([accepts(CG, I), adds_device(PA, D_P), ends(PA)]),
        "renegotiated" => trusted(world).and([renegotiates(P)]),
        "cancelled" => related(world).and([cancels(PA, S_PROV)]),
        other => panic!("no situation {other}"),
    }
}

pub(crate) fn who(name: &str) -> Who {
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

/// The id of the resource of that name.
pub(crate) fn resource_id(resource: &str) -> &'static str {
    match resource {
        "C" | "C,partner=P" => C,
        "P" => P,
        "s-own" => S_OWN,
        "s-shared" => S_SHARED,
        "s-365" => S_365,
        "s-prov" => S_PROV,
        "s-cancelled" => S_CANCELLED,
        "d-P" => D_P,
        "d-R" => D_R,
        "d-intune" => D_INTUNE,
        "p-C" => P_C,
        other => panic!("no resource {other}"),
    }
}

pub(crate) fn on(resource: &str) -> On {
    let id = resource_id(resource);
    match resource.split('-').next() {
        Some("C") => customer(id),
        Some("C,partner=P") => customer(id).beside(P),
        Some("P") => partner(id),
        Some("s") => subscription(id),
        Some("d") => device(id),
        _ => profile(id),
    }
}

#[test]
fn every_cell_of_the_autopilot_matrix_holds() {
    let text = include_str!("../autopilot.txt");
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let columns = |line: &'static str| line.split('|').map(str::trim).skip(1).collect::<Vec<_>>();
    let actions = columns(lines.next().unwrap());
    let subjects = columns(lines.next().unwrap());
    assert_eq!((actions.len(), subjects.len()), (AUTOPILOT_ACTIONS, AUTOPILOT_ACTIONS));
    let (mut rows, mut compared, mut differing) = (Vec::new(), 0, Vec::new());
    for line in lines {
        let (row, cells) = line.split_once('|').unwrap();
        let [origin, policy, situation] = row.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
        rows.push((origin, policy, situation));
        let worlds = autopilot_in(origin, policy, situation);
        let cells: Vec<_> = cells.split('|').collect();
        assert_eq!(cells.len(), actions.len(), "{row}");
        for ((action, subjects), cells) in actions.iter().zip(&subjects).zip(cells) {
            let (subjects, cells): (Vec<_>, Vec<_>) =
                (subjects.split_whitespace().collect(), cells.split_whitespace().collect());
            assert_eq!((subjects.len(), cells.len()), (AUTOPILOT_SUBJECTS, AUTOPILOT_SUBJECTS), "{row} {action}");
            compared += cells.len();
            for ((name, expected), world) in
                subjects.iter().zip(&cells).flat_map(|cell| worlds.iter().map(move |world| (cell, world)))
            {
                let head = world.state.timeline.head().0;
                let found = world.shown(&world.decision(head, who(name), action, asked_on(action)));
                if sign(&found) != *expected {
                    let asked = format!("{origin} {policy} {situation}: {name} {action}");
                    differing.push(format!("{asked} at {head}: {expected} expected, {found}"));
                }
            }
        }
    }
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), AUTOPILOT_ROWS, "a row is missing or there twice");
    assert_eq!(compared, AUTOPILOT_ROWS * AUTOPILOT_ACTIONS * AUTOPILOT_SUBJECTS, "the file is not whole");
    assert_none(&differing);
}

/// One device of that origin, one profile, P related to C as the situation says; then the policy. A policy answers the
/// same whenever it came: from the first, or after the other one.
pub(crate) fn autopilot_in(origin: &str, policy: &str, situation: &str) -> [World; 2] {
    let world = world().and(arrives(RG, RA)).and([invites(RA, K, false), accepts(CG, K), makes_profile(CG, P_C)]);
    let world = match situation {
        "none" => world,
        "active" => world.and([invites(PA, J, false), accepts(CG, J)]),
        "dap" | "revoked" | "ended" => world.and([accepts(CG, I)]),
        other => panic!("no situation {other}"),
    };
    let world = world.and([match origin {
        "P" => adds_device(PA, V1),
        "R" => adds_device(RA, V1),
        source => adds_own_device(V1, source),
    }]);
    let world = match situation {
        "revoked" => world.and([revokes(CG, P)]),
        "ended" => world.and([ends(PA)]),
        _ => world,
    };
    match policy {
        "relationship" => [world.clone(), world.and([adopts("dapRequired"), adopts("relationship")])],
        "dapRequired" => {
            let world = world.and([adopts("dapRequired")]);
            [world.clone(), world.and([adopts("relationship"), adopts("dapRequired")])]
        }
        other => panic!("no policy {other}"),
    }
}

pub(crate) fn asked_on(action: &str) -> On {
    match action {
        "device.add" | "profile.create" => customer(C),
        "profile.update" | "profile.delete" => profile(P_C),
        _ => device(V1),
    }
}
