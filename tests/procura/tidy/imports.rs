//! Which files of a crate import each other, and where that goes round in a circle.
//!
//! An import is a path in code, resolved to the file that defines the item, through `use` and `pub use`. A parent's `mod`
//! and `pub use` of its child do not count, and test modules are exempt.

use proc_macro2::{TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use syn::{
    Attribute, Item, ItemUse, Macro, UseTree, Visibility,
    visit::{self, Visit},
};

/// The path of a module from the crate's root.
type ModulePath = Vec<String>;

/// The files of one crate, by their paths below `src`.
pub(super) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// What is defined here; what a macro may define counts as well.
    items: BTreeSet<String>,
    children: BTreeSet<String>,
    /// What `use` brings in, by the name it has here.
    imported: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// Every path in code.
    paths: BTreeSet<Vec<String>>,
}

/// A circle: its files, and for each step from one to another a path that takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Circle(pub(super) Vec<String>);

impl Crate {
    pub(super) fn read(files: &BTreeMap<PathBuf, String>) -> Self {
        let mut modules = BTreeMap::new();
        let mut tests = BTreeSet::new();
        for (path, text) in files {
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            read_module(&module_path(path), path, &file.items, &mut modules, &mut tests);
        }
        modules.retain(|path: &ModulePath, _| !tests.iter().any(|test: &ModulePath| path.starts_with(test)));
        Self { modules }
    }

    pub(super) fn circles(&self) -> Vec<Circle> {
        let imports = self.imports();
        let reach = |from: &Path| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(file) = next.pop() {
                for to in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
                    if seen.insert(to.as_path()) {
                        next.push(to);
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&Path, BTreeSet<&Path>> = imports.keys().map(|file| (&**file, reach(file))).collect();
        let both_ways = |one: &Path, other: &Path| {
            reached.get(one).is_some_and(|files| files.contains(other))
                && reached.get(other).is_some_and(|files| files.contains(one))
        };
        let mut told = BTreeSet::new();
        let mut circles = Vec::new();
        for file in reached.keys().filter(|file| both_ways(file, file)) {
            if told.contains(file) {
                continue;
            }
            let circle: BTreeSet<&Path> = reached.keys().copied().filter(|other| both_ways(file, other)).collect();
            told.extend(circle.iter().copied());
            let steps = circle.iter().flat_map(|from| {
                let inside = imports[*from].iter().filter(|(to, _)| circle.contains(to.as_path()));
                inside.map(|(to, path)| format!("{} → {} by {path}", from.display(), to.display()))
            });
            circles.push(Circle(steps.collect()));
        }
        circles
    }

    /// Which file imports which, with a path that does.
    fn imports(&self) -> BTreeMap<PathBuf, BTreeMap<PathBuf, String>> {
        let mut imports: BTreeMap<PathBuf, BTreeMap<PathBuf, String>> = BTreeMap::new();
        for (at, module) in &self.modules {
            let own = imports.entry(module.file.clone()).or_default();
            for path in &module.paths {
                let Some(file) = self.file_of(at, path, 0).filter(|file| **file != module.file) else { continue };
                own.entry(file.clone()).or_insert_with(|| path.join("::"));
            }
        }
        imports
    }

    /// The file that defines what the path names, as seen from a module. `None`: another crate, or a module itself.
    fn file_of(&self, from: &[String], path: &[String], depth: usize) -> Option<&PathBuf> {
        let (mut at, mut rest) = (from.to_vec(), path);
        while let Some((first, behind)) = rest.split_first() {
            match first.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                _ => break,
            }
            rest = behind;
        }
        while let Some((name, behind)) = rest.split_first() {
            let module = self.modules.get(&at)?;
            if module.children.contains(name) {
                at.push(name.clone());
                rest = behind;
                continue;
            }
            if module.items.contains(name) && !module.imported.contains_key(name) {
                return Some(&module.file);
            }
            // Names go round in circles where a crate re-exports another by its own name.
            if depth > 8 {
                return None;
            }
            let further = |path: &Vec<String>| [path.as_slice(), behind].concat();
            if let Some(imported) = module.imported.get(name).filter(|imported| imported.as_slice() != path) {
                return self.file_of(&at, &further(imported), depth + 1);
            }
            let with_name = |glob: &Vec<String>| [glob.as_slice(), rest].concat();
            return module.globs.iter().find_map(|glob| self.file_of(&at, &with_name(glob), depth + 1));
        }
        None
    }
}

fn module_path(file: &Path) -> ModulePath {
    let mut path: ModulePath = file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if path.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
        path.pop();
    }
    path
}

fn read_module(
    path: &ModulePath,
    file: &Path,
    items: &[Item],
    modules: &mut BTreeMap<ModulePath, Module>,
    tests: &mut BTreeSet<ModulePath>,
) {
    let mut module = Module { file: file.to_owned(), ..Module::default() };
    for item in items {
        if is_for_tests(attributes(item)) {
            if let Item::Mod(inner) = item {
                tests.insert([path.as_slice(), &[inner.ident.to_string()]].concat());
            }
            continue;
        }
        match item {
            Item::Mod(inner) => {
                let name = inner.ident.to_string();
                module.children.insert(name.clone());
                if let Some((_, items)) = &inner.content {
                    let inside = [path.as_slice(), &[name]].concat();
                    read_module(&inside, file, items, modules, tests);
                }
            }
            Item::Macro(made) => {
                module.items.extend(made.ident.iter().map(ToString::to_string).chain(names(&made.mac.tokens)));
                module.visit_item_macro(made);
            }
            item => {
                module.items.extend(defined(item));
                module.visit_item(item);
            }
        }
    }
    // A parent's `pub use` of its child is how it shows it, not an import.
    let children = module.children.clone();
    let is_childs = |path: &Vec<String>| {
        let path = path.strip_prefix(&["self".to_owned()]).unwrap_or(path);
        path.first().is_some_and(|first| children.contains(first))
    };
    let shown = items.iter().filter_map(|item| match item {
        Item::Use(ItemUse { vis, tree, .. }) if !matches!(vis, Visibility::Inherited) => Some(tree),
        _ => None,
    });
    let mut shown_paths = BTreeSet::new();
    for tree in shown {
        walk(tree, &mut Vec::new(), &mut |path, _| {
            shown_paths.insert(path.to_vec());
        });
    }
    module.paths.retain(|path| !(shown_paths.contains(path) && is_childs(path)));
    modules.insert(path.clone(), module);
}

impl Module {
    fn take_use(&mut self, tree: &UseTree) {
        walk(tree, &mut Vec::new(), &mut |path, name| match name {
            None => self.globs.push(path.to_vec()),
            Some(name) => {
                self.imported.insert(name, path.to_vec());
                self.paths.insert(path.to_vec());
            }
        });
    }

    /// Paths among the tokens of a macro, which nobody parses for us.
    fn take_tokens(&mut self, tokens: &TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(name) if !path.is_empty() && colons == 2 => path.push(name.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                token => {
                    self.take_path(std::mem::take(&mut path));
                    match token {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.take_tokens(&group.stream()),
                        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                    }
                }
            }
            colons = 0;
        }
        self.take_path(path);
    }

    fn take_path(&mut self, path: Vec<String>) {
        if !path.is_empty() {
            self.paths.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.take_use(&item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.take_path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, made: &'ast Macro) {
        self.visit_path(&made.path);
        self.take_tokens(&made.tokens);
    }
}

/// Goes through a `use`: each path, and the name that it has here; none for all that is in it.
fn walk(tree: &UseTree, path: &mut Vec<String>, found: &mut impl FnMut(&[String], Option<String>)) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            walk(&inner.tree, path, found);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => found(path, path.last().cloned()),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            found(&[path.as_slice(), std::slice::from_ref(&name)].concat(), Some(name.clone()));
        }
        UseTree::Rename(renamed) => {
            let whole = [path.as_slice(), &[renamed.ident.to_string()]].concat();
            found(&whole, Some(renamed.rename.to_string()));
        }
        UseTree::Glob(_) => found(path, None),
        UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, found)),
    }
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Every name among the tokens: a macro may define any of them.
fn names(tokens: &TokenStream) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(name) => {
                found.insert(name.to_string());
            }
            TokenTree::Group(group) => found.extend(names(&group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|of| of.is_ident("test"))
    };
    attributes.iter().any(is_test)
}
