//! Everybody searches for everything: a search lists what the same caller's questions are answered with yes, and nothing
//! else, a page at a time; and tells nobody what is not theirs.

use super::{CALLERS, CONTOSO, Caller, Client, Crawl, PEOPLE, UNKNOWN, cast, questions};
use procura_domain::access::action_names;
use procura_tests::{Reply, Server, number, world::STRANGER};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Subject type and id, action, resource type and id.
type Question = [String; 5];

/// How the same caller's questions are answered: yes, no, or not at all.
type Answers = BTreeMap<Question, Option<bool>>;

fn key(question: &Value) -> Question {
    ["/subject/type", "/subject/id", "/action/name", "/resource/type", "/resource/id"]
        .map(|place| question.pointer(place).and_then(Value::as_str).unwrap().to_owned())
}

/// Asks every question, in batches.
fn answers(client: &Client, questions: &[(String, Value)], at: u64) -> Answers {
    let mut answers = Answers::new();
    for some in questions.chunks(500) {
        let asked: Vec<_> = some.iter().map(|(_, question)| question).collect();
        let body = json!({"context": {"position": at}, "evaluations": asked});
        let reply = client.post("/access/v1/evaluations", &body, &[]);
        for (question, answer) in asked.iter().zip(reply.body["evaluations"].as_array().unwrap()) {
            let refused = answer["context"].get("error").is_some();
            answers.insert(key(question), (!refused).then_some(answer["decision"] == true));
        }
    }
    answers
}

/// What a search lists, following its pages; or the first answer that is none.
fn listed(
    crawl: &mut Crawl,
    caller: &Caller,
    client: &Client,
    kind: &str,
    mut body: Value,
) -> Result<Vec<Value>, Reply> {
    let (mut found, request) = (Vec::new(), format!("{kind} search {body}"));
    for page in 0.. {
        let reply = client.post(&format!("/access/v1/search/{kind}"), &body, &[]);
        // What was found was told.
        crawl.reads(caller, &request, &reply);
        if reply.status != 200 {
            return Err(reply);
        }
        found.extend(reply.body["results"].as_array().unwrap().iter().cloned());
        match reply.body["page"]["next_token"].as_str().unwrap() {
            "" => break,
            token => body["page"]["token"] = token.into(),
        }
        assert!(page < 100, "{request}");
    }
    Ok(found)
}

/// One search beside the questions that it stands for; whether it may leave out some that are answered with yes.
fn compare(
    crawl: &mut Crawl,
    (caller, client): (&Caller, &Client),
    (kind, body): (&str, &Value),
    stands_for: &[(Value, Option<bool>)],
    may_miss: bool,
) {
    crawl.compared += 1;
    let expected: Vec<_> =
        stands_for.iter().filter(|(_, answer)| *answer == Some(true)).map(|(found, _)| found).collect();
    let problem = |got: String| format!("{} at {kind} {body}\n  expected {expected:?}\n  got {got}", caller.name);
    match listed(crawl, caller, client, kind, body.clone()) {
        Ok(found) => {
            let known = |result: &&Value| stands_for.iter().any(|(known, _)| known == *result);
            let compared: BTreeSet<_> = found.iter().filter(known).map(Value::to_string).collect();
            let wanted: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
            let each_once = found.iter().map(Value::to_string).collect::<BTreeSet<_>>().len() == found.len();
            let complete = compared == wanted || may_miss && compared.is_subset(&wanted);
            if !complete || !each_once {
                crawl.wrong.push(problem(format!("{found:?}")));
            }
        }
        // Refused as every question is.
        Err(reply) => {
            let all_refused = stands_for.iter().all(|(_, answer)| answer.is_none());
            if reply.differs(403, "notAllowed", "").is_some() || !all_refused {
                crawl.wrong.push(problem(format!("{} {}", reply.status, reply.body)));
            }
        }
    }
}

/// Everybody's searches at that moment, beside everybody's questions.
fn search_all(crawl: &mut Crawl, (caller, client): (&Caller, &Client), asked: &[(String, Value)], at: u64, head: u64) {
    let answers = answers(client, asked, at);
    let context = json!({"position": at});
    let page = json!({"limit": 1 + answers.len() % 3});
    let mut by_subjects: BTreeMap<Question, Vec<(Value, Option<bool>)>> = BTreeMap::new();
    let (mut by_resources, mut by_actions) = (by_subjects.clone(), by_subjects.clone());
    for (question, answer) in &answers {
        let [subject_type, subject, action, resource_type, resource] = question.clone();
        let any = String::new;
        let found = json!({"type": subject_type, "id": subject});
        let of = [subject_type.clone(), any(), action.clone(), resource_type.clone(), resource.clone()];
        by_subjects.entry(of).or_default().push((found, *answer));
        let found = json!({"type": resource_type, "id": resource});
        let of = [subject_type.clone(), subject.clone(), action.clone(), resource_type.clone(), any()];
        by_resources.entry(of).or_default().push((found, *answer));
        let of = [subject_type, subject, any(), resource_type, resource];
        by_actions.entry(of).or_default().push((json!({"name": action}), *answer));
    }
    for ([subject_type, _, action, resource_type, resource], stands_for) in &by_subjects {
        let body = json!({"subject": {"type": subject_type}, "action": {"name": action},
            "resource": {"type": resource_type, "id": resource}, "context": context, "page": page});
        compare(crawl, (caller, client), ("subject", &body), stands_for, false);
    }
    for ([subject_type, subject, action, resource_type, _], stands_for) in by_resources.iter().step_by(2) {
        let body = json!({"subject": {"type": subject_type, "id": subject}, "action": {"name": action},
            "resource": {"type": resource_type}, "context": context, "page": page});
        // What a user has lost since it is not told of again (DAP-6).
        let itself = *subject == caller.user.to_string();
        compare(crawl, (caller, client), ("resource", &body), stands_for, itself && at < head);
    }
    for ([subject_type, subject, _, resource_type, resource], stands_for) in by_actions.iter().step_by(8) {
        let body = json!({"subject": {"type": subject_type, "id": subject},
            "resource": {"type": resource_type, "id": resource}, "context": context, "page": page});
        compare(crawl, (caller, client), ("action", &body), stands_for, false);
    }
}

#[test]
fn no_search_tells_anybody_what_is_not_theirs_or_hides_what_is() {
    let (_directory, server) = cast::server();
    let mut crawl = Crawl::default();
    let head = server.service("Auditor").get("/v1/residual-access").position.unwrap();
    // Of those who are nobody, one tenant's is enough.
    let is_nobody = |text: &str| text.contains(&format!("/{UNKNOWN} ")) && !text.contains(CONTOSO);
    let asked: Vec<_> = questions().into_iter().filter(|(text, _)| !is_nobody(text)).collect();
    let moments = number("PROCURA_CRAWL", 1);
    for (caller, client) in super::callers(&server) {
        for moment in 0..=moments {
            let at = head - moment * (head - 20) / moments.max(1);
            search_all(&mut crawl, (caller, &client), &asked, at, head);
        }
    }
    // Services search for everybody.
    let everything = Caller { name: "nobody", user: STRANGER, tenants: &super::ALL_TENANTS, people: &PEOPLE };
    crawl.secrets.insert("nobody", Vec::new());
    for role in ["Decider", "Auditor"] {
        search_all(&mut crawl, (&everything, &server.service(role)), &asked, head, head);
    }
    println!("{} requests, {} searches compared", crawl.asked, crawl.compared);
    crawl.end(10_000);
}

/// A search with an id of what is another's is answered as one with an id of what is not there.
#[test]
fn no_search_tells_what_is_anothers_from_what_is_not_there() {
    let (_directory, server) = cast::server();
    let mut crawl = Crawl::default();
    for caller in &CALLERS {
        let client = server.user(caller.user);
        let slots = super::slots(caller);
        for (action, kind) in action_names() {
            // Each with the ids that are to be told from nothing.
            let ask = |what: &str, id: &String| {
                let own = caller.user.to_string();
                let (path, body) = match what {
                    "resource" => (
                        "subject",
                        json!({"subject": {"type": "user"}, "action": {"name": action},
                            "resource": {"type": kind, "id": id}}),
                    ),
                    "action" => (
                        "action",
                        json!({"subject": {"type": "user", "id": own}, "resource": {"type": kind, "id": id}}),
                    ),
                    _ => (
                        "resource",
                        json!({"subject": {"type": "user", "id": id}, "action": {"name": action},
                            "resource": {"type": kind}}),
                    ),
                };
                (id.clone(), client.post(&format!("/access/v1/search/{path}"), &body, &[]))
            };
            for (what, slot) in [("resource", kind), ("action", kind), ("subject", "user")] {
                let answers: Vec<_> = slots[slot].1.iter().map(|id| ask(what, id)).collect();
                for (id, reply) in &answers {
                    crawl.reads(caller, &format!("{what} {id}"), reply);
                }
                crawl.compared += answers.len();
                crawl.same(caller, &format!("{what} search, {action} {kind}"), &answers);
            }
        }
    }
    crawl.end(3_000);
}

/// Nobody who has no token gets as far as a search, and a caller's own pages are nobody else's.
#[test]
fn a_token_of_a_page_is_its_askers() {
    let (_directory, server): (_, Server) = cast::server();
    let body = json!({"subject": {"type": "user"}, "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": CONTOSO}, "page": {"limit": 1}});
    let first = server.service("Auditor").post("/access/v1/search/subject", &body, &[]);
    let token = first.body["page"]["next_token"].as_str().unwrap();
    assert!(!token.is_empty(), "{}", first.body);
    let mut next = body.clone();
    next["page"]["token"] = token.into();
    assert_eq!(server.service("Auditor").post("/access/v1/search/subject", &next, &[]).status, 200);
    for caller in &CALLERS {
        let reply = server.user(caller.user).post("/access/v1/search/subject", &next, &[]);
        assert_eq!(reply.differs(400, "invalidRequest", "page.token"), None, "{}", caller.name);
    }
    assert_eq!(server.stranger().post("/access/v1/search/subject", &next, &[]).status, 401);
}
