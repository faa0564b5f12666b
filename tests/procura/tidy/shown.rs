//! Each check of the house fails where it should: shown on crates that are made up.

use super::{files_below, imports::Crate, public_types, twice, without_purpose};
use std::{collections::BTreeMap, path::PathBuf};

fn files(files: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
    files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

fn circles(of: &[(&str, &str)]) -> Vec<Vec<String>> {
    Crate::read(&files(of)).circles().into_iter().map(|circle| circle.0).collect()
}

#[test]
fn a_circle_of_files_is_found() {
    let round = |a: &str, b: &str| circles(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", b)]);
    for (a, b) in [
        ("use crate::b::B; pub struct A;", "use crate::a::A; pub struct B;"),
        ("pub struct A; fn f(b: crate::b::B) {}", "use super::a; pub struct B; fn g() -> a::A { todo!() }"),
        // In an expression, in a pattern, of an associated function, of a variant, in a macro's tokens.
        ("pub struct A; fn f() { super::b::g() }", "use crate::a::A; pub fn g() { A::new() }"),
        ("pub enum A { X } fn f() { crate::b::g() }", "use crate::*; pub fn g() { if let a::A::X = 1 {} }"),
        ("pub enum A { X } fn f() { crate::b::g() }", "use crate::a; pub fn g() { matches!(1, a::A::X); }"),
        ("pub fn f() { crate::b::g() }", "use crate::a as other; pub fn g() { fn inner() { other::f() } }"),
        ("named! { A { X \"x\", } } fn f() { crate::b::g() }", "pub fn g(a: crate::a::A) {}"),
    ] {
        let found = round(a, b);
        assert_eq!(found.len(), 1, "{a} / {b}: {found:?}");
        assert!(found[0].iter().any(|step| step.starts_with("a.rs → b.rs by ")), "{found:?}");
        assert!(found[0].iter().any(|step| step.starts_with("b.rs → a.rs by ")), "{found:?}");
    }
    // Through a re-export the import goes to where the item is defined.
    let through = [
        ("lib.rs", "mod a; mod b; pub use b::B;"),
        ("a.rs", "use crate::B; pub struct A;"),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ];
    assert_eq!(circles(&through), [["a.rs → b.rs by crate::B", "b.rs → a.rs by crate::a::A"]]);
    // A child that needs what its parent defines, while the parent needs the child.
    let child = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b; pub struct A; fn f() { b::g() }"),
        ("a/b.rs", "use super::A; pub fn g() {}"),
    ];
    assert_eq!(circles(&child), [["a/b.rs → a.rs by super::A", "a.rs → a/b.rs by b::g"]]);
    // Three files, one after the other.
    let three = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; pub struct C;"),
    ];
    assert_eq!(circles(&three).concat().len(), 3);
}

#[test]
fn what_is_no_circle_is_none() {
    for of in [
        // A parent shows its child, which needs what stands in the parent.
        &[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; pub use b::B; pub struct A;"),
            ("a/b.rs", "use super::A; pub struct B(A);"),
        ][..],
        &[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; pub(crate) use self::b::B; pub struct A;"),
            ("a/b.rs", "use super::A; pub struct B(A);"),
        ],
        // Tests may look at anything.
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A; #[cfg(test)] mod tests;"),
            ("a/tests.rs", "use crate::b::B;"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
        // The same name of another crate, and of a field.
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use other::b::B; pub struct A { b: u8 }"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
        // Two children of one parent, in one direction.
        &[("lib.rs", "mod a; mod b;"), ("a.rs", "use super::b::B; pub struct A;"), ("b.rs", "pub struct B;")],
    ] {
        assert!(circles(of).is_empty(), "{of:?}: {:?}", circles(of));
    }
}

#[test]
fn a_public_type_name_used_twice_is_found() {
    let of = |files_of: &[(&str, &str)]| twice(&public_types(&files(files_of)));
    let found = of(&[("crates/a/src/lib.rs", "pub struct Actor;"), ("crates/b/src/x.rs", "pub enum Actor { X }")]);
    assert_eq!(found, ["Actor: crates/a/src/lib.rs, crates/b/src/x.rs"]);
    let found = of(&[
        ("crates/a/src/lib.rs", "named! { /// One.\n Kind { A \"a\", } }"),
        ("crates/b/src/x.rs", "pub type Kind = u8;"),
    ]);
    assert_eq!(found, ["Kind: crates/a/src/lib.rs, crates/b/src/x.rs"]);
    let private = "struct Actor; pub(crate) struct Actors; #[cfg(test)] mod tests { pub struct Actor; }";
    assert!(of(&[("crates/a/src/lib.rs", "pub struct Actor;"), ("crates/b/src/x.rs", private)]).is_empty());
}

#[test]
fn a_module_without_its_opening_line_is_found() {
    let found =
        without_purpose(&files(&[("a.rs", "//! What it is for.\n"), ("b.rs", "use std::fs;\n"), ("c.rs", "// No.\n")]));
    assert_eq!(found, ["b.rs", "c.rs"]);
    assert_eq!(files_below(&files(&[("crates/a/src/b/c.rs", "x")]), "crates/a/src"), files(&[("b/c.rs", "x")]));
}
