//! A history told: one story with every event type in it, as a golden text.
#![expect(clippy::unwrap_used, reason = "tests")]

use expect_test::expect_file;
use procura_domain::{
    event::{Event, EventType},
    personal::People,
    state::{Committed, SNAPSHOT_VERSION, SnapshotCursor, State},
    temporal::{Position, Timestamp},
    vocabulary::{Actor, Author, Locale},
};
use procura_views::Narration;
use procura_words::Words;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt::Write};

const FABRIKAM: &str = "faaaaaaa-0000-4000-8000-000000000001";
const CONTOSO: &str = "caaaaaaa-0000-4000-8000-000000000001";
const CARLA: &str = "c0000000-0000-4000-8000-000000000010";
const ALEX: &str = "f0000000-0000-4000-8000-000000000011";

fn id(kind: &str, number: u32) -> String {
    format!("{kind}000000-0000-4000-8000-{number:012}")
}

/// The commits of the story: events with their data. Every one names the customer, the partner, or both.
fn commits() -> Vec<Vec<(&'static str, Value)>> {
    let both = |more: Value| with(json!({"customer": CONTOSO, "partner": FABRIKAM}), more);
    let contoso = |more: Value| with(json!({"customer": CONTOSO}), more);
    let fabrikam = |more: Value| with(json!({"partner": FABRIKAM}), more);
    let invitation = |number| json!({"invitation": id("10", number)});
    let sent = |number, delegated_admin: bool, uses: &str| {
        let more = json!({"delegatedAdmin": delegated_admin, "locale": "en", "uses": uses,
            "expiresAt": "2020-09-17T08:00:00.000000Z"});
        ("InvitationSent", fabrikam(with(invitation(number), more)))
    };
    let role = |subscription, assignment, role: &str, principal: &Value, more: Value| {
        let fields = json!({"subscription": id("5b", subscription), "roleAssignment": id("4a", assignment), "role": role,
            "principal": principal});
        contoso(with(fields, more))
    };
    let agents = json!({"group": "AdminAgents", "partner": FABRIKAM});
    let carla = json!({"user": CARLA, "tenant": CONTOSO});
    let of_role = |user: &str| json!({"tenant": CONTOSO, "user": user, "role": "HelpdeskAdministrator"});
    let in_group = |group: &str| fabrikam(json!({"group": group, "user": ALEX}));
    let subscription = |number| contoso(json!({"subscription": id("5b", number)}));
    let device = |number, origin: Value| {
        let hardware = json!({"device": id("de", number), "serialNumber": format!("PF{number}"), "manufacturer": "Lenovo",
            "model": "X1"});
        ("DeviceAdded", contoso(with(hardware, origin)))
    };
    let tag = |tag: &str| contoso(json!({"device": id("de", 1), "groupTag": tag}));
    let settings = json!({"removeOemPreinstalls": false, "oobeUserNotLocalAdmin": false, "skipExpressSettings": false,
        "skipOemRegistration": false, "skipEula": false});
    let profile = |name: &str| contoso(json!({"profile": id("90", 1), "name": name, "settings": settings}));
    let devices = |numbers: std::ops::RangeInclusive<u32>| {
        let devices: Vec<_> = numbers.map(|number| id("de", number)).collect();
        contoso(json!({"profile": id("90", 1), "devices": devices}))
    };
    let request = |number, severity: &str, route: &str| {
        let fields = json!({"serviceRequest": id("e0", number), "severity": severity, "route": route});
        ("ServiceRequestOpened", both(fields))
    };
    let owned = |fields| with(json!({"tenant": FABRIKAM, "user": ALEX}), fields);
    let described = |number, display_name: bool, user_principal_name: bool| {
        let new = json!({"newDisplayName": display_name, "newUserPrincipalName": user_principal_name});
        owned(with(json!({"description": id("dd", number)}), new))
    };
    vec![
        vec![
            ("PartnerRegistered", fabrikam(json!({"name": "Fabrikam", "domain": "fabrikam.com"}))),
            ("DirectoryRoleAssigned", json!({"tenant": FABRIKAM, "user": ALEX, "role": "GlobalAdministrator"})),
        ],
        vec![
            ("CustomerRegistered", contoso(json!({"name": "Contoso", "domain": "contoso.com"}))),
            ("DirectoryRoleAssigned", json!({"tenant": CONTOSO, "user": CARLA, "role": "GlobalAdministrator"})),
        ],
        vec![("DirectoryRoleAssigned", of_role(&id("c0", 11)))],
        vec![("DirectoryRoleRemoved", of_role(&id("c0", 11)))],
        vec![("GroupMemberAdded", in_group("AdminAgents"))],
        vec![("GroupMemberAdded", in_group("SalesAgents"))],
        vec![("GroupMemberRemoved", in_group("SalesAgents"))],
        vec![sent(1, true, "once")],
        vec![sent(2, false, "many")],
        vec![("InvitationDeclined", both(invitation(2)))],
        vec![("InvitationWithdrawn", fabrikam(invitation(2)))],
        vec![
            ("InvitationAccepted", both(invitation(1))),
            ("RelationshipEstablished", both(json!({}))),
            ("DapGranted", both(json!({}))),
        ],
        vec![
            (
                "SubscriptionProvisioned",
                both(json!({"subscription": id("5b", 1), "kind": "azure", "name": "Web Shop"})),
            ),
            ("RoleAssigned", role(1, 1, "Owner", &agents, json!({"origin": "provisioning"}))),
        ],
        vec![
            ("SubscriptionRegistered", contoso(json!({"subscription": id("5b", 2), "kind": "azure", "name": "Own"}))),
            ("RoleAssigned", role(2, 2, "Owner", &carla, json!({"origin": "registered"}))),
        ],
        vec![(
            "SubscriptionRegistered",
            contoso(json!({"subscription": id("5b", 3), "kind": "microsoft365", "name": "Office"})),
        )],
        vec![("RoleAssigned", role(2, 3, "Reader", &agents, json!({"origin": "assigned"})))],
        vec![("SubscriptionRenewed", subscription(1))],
        vec![("RoleAssignmentRemoved", role(1, 1, "Owner", &agents, json!({})))],
        vec![("RoleAssignmentRemoved", role(2, 2, "Owner", &carla, json!({})))],
        vec![("SubscriptionCancelled", subscription(1))],
        vec![device(1, json!({"partner": FABRIKAM}))],
        vec![device(2, json!({"source": "intune"}))],
        vec![device(3, json!({"source": "microsoftStoreForBusiness"}))],
        vec![device(4, json!({"source": "microsoftStoreForEducation"}))],
        (5..=7).map(|number| device(number, json!({"partner": FABRIKAM}))).collect(),
        vec![("DeviceUpdated", tag("Paris"))],
        vec![("DeviceUpdated", tag(""))],
        vec![("ProfileCreated", profile("Standard"))],
        vec![("ProfileApplied", devices(1..=7))],
        vec![("ProfileRemoved", devices(2..=7))],
        vec![("ProfileUpdated", profile("Kiosk"))],
        vec![("ProfileRemoved", devices(1..=1))],
        vec![("ProfileDeleted", contoso(json!({"profile": id("90", 1)})))],
        vec![("DeviceRemoved", contoso(json!({"device": id("de", 1)})))],
        vec![("AutopilotPolicyAdopted", json!({"policy": "dapRequired"}))],
        vec![("AutopilotPolicyAdopted", json!({"policy": "relationship"}))],
        vec![request(1, "critical", "adminPortal")],
        vec![("DapRevoked", both(json!({})))],
        vec![request(2, "minimal", "microsoftSupport")],
        vec![("PersonalDataErased", both(json!({"subject": format!("serviceRequest:{}", id("e0", 1))})))],
        vec![("RelationshipEnded", both(json!({})))],
        vec![("ContractRenegotiated", both(json!({})))],
        vec![(
            "ConsumerSet",
            owned(json!({"name": "billing", "after": 3, "visibilitySeconds": 30, "tries": 5, "onParked": "goOn"})),
        )],
        vec![("ConsumerDeleted", owned(json!({"name": "billing"})))],
        vec![(
            "WebhookSet",
            owned(json!({"webhook": id("f0", 1), "name": "siem", "after": 0, "onParked": "wait", "newSecret": true})),
        )],
        vec![(
            "WebhookSet",
            owned(json!({"webhook": id("f0", 1), "name": "siem", "after": 0, "onParked": "goOn", "newSecret": false})),
        )],
        vec![("WebhookDeleted", owned(json!({"webhook": id("f0", 1), "name": "siem"})))],
        vec![("UserDescribed", described(1, true, false))],
        vec![("UserDescribed", described(1, false, true))],
        vec![("PersonalDataErased", fabrikam(json!({"subject": format!("user:{FABRIKAM}/{ALEX}")})))],
        vec![("UserDescribed", described(2, true, true))],
    ]
}

fn with(mut fields: Value, more: Value) -> Value {
    let Value::Object(more) = more else { unreachable!("{more} has no fields") };
    fields.as_object_mut().unwrap().extend(more);
    fields
}

/// The story folded, and its events where they stand.
fn story() -> (State, Vec<(Position, Event)>) {
    let (mut state, mut told) = (State::default(), Vec::new());
    let start: Timestamp = "2020-06-19T08:00:00Z".parse().unwrap();
    for (minute, commit) in (0..).zip(commits()) {
        let read = |(name, data): &(&str, Value)| Event::read(name.parse().unwrap(), data.clone()).unwrap();
        let (first, events) = (Position(state.timeline.head().0 + 1), commit.iter().map(read).collect::<Vec<_>>());
        let by = Author::stated(Actor::Operator("Odile".into()));
        told.extend((first.0..).map(Position).zip(events.clone()));
        state.fold(&Committed { first, at: start + chrono::TimeDelta::minutes(minute), by, events }).unwrap();
    }
    (state, told)
}

#[test]
fn every_event_is_told_in_a_sentence_with_its_effect() {
    expect_file!["history.txt"].assert_eq(&told_in(Locale::En));
    expect_file!["history.fr.txt"].assert_eq(&told_in(Locale::Fr));
}

fn told_in(locale: Locale) -> String {
    let (state, events) = story();
    let (mut text, mut types) = (String::new(), BTreeSet::new());
    for (position, event) in events {
        let told = Narration::of(&state, &event, position, &People::default(), Words::of(locale));
        let between: Vec<_> =
            [&told.customer, &told.partner].into_iter().flatten().map(|of| of.name.as_str()).collect();
        let (event_type, rule) = (event.event_type(), told.rule);
        writeln!(text, "{position:>2} {event_type} {rule} [{}]\n   {}", between.join(", "), told.text).unwrap();
        for (sign, effects) in [("+", told.gained), ("-", told.lost)] {
            effects.iter().for_each(|effect| writeln!(text, "   {sign} {}", effect.text).unwrap());
        }
        types.insert(event_type);
    }
    assert_eq!(types, EventType::ALL.iter().copied().collect(), "every type is told");
    text
}

/// An answer about the past never changes: each event is told at the end as it was told when it was the newest.
#[test]
fn what_was_told_stays_as_it_was() {
    let (whole, events) = story();
    let mut growing = State::default();
    for commit in commits_of(&whole, &events) {
        growing.fold(&commit).unwrap();
        for (position, event) in (commit.first.0..).map(Position).zip(&commit.events) {
            let told = |state| Narration::of(state, event, position, &People::default(), Words::of(Locale::En));
            assert_eq!(told(&growing), told(&whole), "{position}");
        }
    }
}

/// The commits of which the state was folded.
fn commits_of(state: &State, events: &[(Position, Event)]) -> Vec<Committed> {
    let mut commits: Vec<Committed> = Vec::new();
    for (position, event) in events {
        let (at, by) = (state.timeline.recorded_at(*position).unwrap(), state.author(*position).unwrap());
        match commits.last_mut().filter(|commit| commit.at == at) {
            Some(commit) => commit.events.push(event.clone()),
            None => commits.push(Committed { first: *position, at, by: by.clone(), events: vec![event.clone()] }),
        }
    }
    commits
}

/// Every version of a snapshot's pieces, and the SHA-256 of those of the story. A line that was released never changes.
const SNAPSHOTS: &[(u32, &str)] = &[
    (1, "053afb5e45a5e57f2a58261acf69759a9f0d847399015632836c284ab1e81a44"),
    (2, "2ec466d2e29b335c794a7761a84a06424c632f2041c18287f109f8e85eb8b687"),
    (3, "3cc03a3129b45b9f60d945d66c092d5addc8aa8a85975fe39061e4ae7ace0fce"),
];

/// What a program of one version wrote is not taken for something else by the next: where the pieces change, the version
/// does.
#[test]
fn what_is_in_a_snapshot_changes_with_its_version_alone() {
    let (state, _) = story();
    let (marks, mut cursor, mut hash) = (state.snapshot_marks(), SnapshotCursor::default(), Sha256::new());
    while let Some(piece) = state.snapshot_piece(&marks, &mut cursor) {
        hash.update(u32::try_from(piece.len()).unwrap().to_be_bytes());
        hash.update(piece);
    }
    let found = (SNAPSHOT_VERSION, hex::encode(hash.finalize()));
    let newest = SNAPSHOTS.last().map(|(version, hash)| (*version, (*hash).to_owned())).unwrap();
    assert_eq!(found, newest, "raise SNAPSHOT_VERSION, and add a line for it");
    assert!(SNAPSHOTS.is_sorted_by(|one, next| one.0 < next.0));
}
