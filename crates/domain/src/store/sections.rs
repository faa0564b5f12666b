//! The rows of each table in a snapshot: what of them is written, and what is made again from it.

use super::{
    AnswerKey, AnswerRow, AppliedKey, AssignedToKey, AssignmentKey, AuthorKey, DescribedKey, DeviceRow, Disclosed,
    GivenKey, GivenRow, GrantRow, GrantedNumber, HeldKey, InvitationRow, MembershipKey, OriginKey, PairRow, ProfileRow,
    ServiceRequestRow, SideNumbers, Store, SubscriptionRow, TenantRow,
    counts::Count,
    periods::PackedPeriods,
    saved::{Loading, Malformed, Saving, Value},
    table::{Key, Number, Table},
};
use crate::{
    id::{
        DescriptionId, DeviceId, InvitationId, ObjectId, ProfileId, RoleAssignmentId, ServiceRequestId, SubscriptionId,
        TenantId,
    },
    temporal::Position,
    vocabulary::User,
};

/// The tables, in the order in which they are written: a row names rows of tables before its own, and of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Texts,
    Users,
    Authors,
    Tenants,
    Memberships,
    Described,
    Descriptions,
    Pairs,
    Invitations,
    Answers,
    ServiceRequests,
    Subscriptions,
    Assignments,
    RoleAssignments,
    AssignedTo,
    Profiles,
    Devices,
    Applied,
    Given,
    RolesHeld,
}

impl Section {
    pub(crate) const ALL: [Self; 20] = [
        Self::Texts,
        Self::Users,
        Self::Authors,
        Self::Tenants,
        Self::Memberships,
        Self::Described,
        Self::Descriptions,
        Self::Pairs,
        Self::Invitations,
        Self::Answers,
        Self::ServiceRequests,
        Self::Subscriptions,
        Self::Assignments,
        Self::RoleAssignments,
        Self::AssignedTo,
        Self::Profiles,
        Self::Devices,
        Self::Applied,
        Self::Given,
        Self::RolesHeld,
    ];
}

/// A row, and how it is written.
trait Row: Default {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>);
    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed>;
}

/// A key, and how it is written.
trait SavedKey: Key {
    fn save_key(self, to: &mut Saving<'_>);
    fn load_key(from: &mut Loading<'_>) -> Result<Self, Malformed>;
}

macro_rules! ids {
    ($($id:ident)+) => {$(
        impl SavedKey for $id {
            fn save_key(self, to: &mut Saving<'_>) {
                to.id(self.guid());
            }

            fn load_key(from: &mut Loading<'_>) -> Result<Self, Malformed> {
                from.id().map(Self::new)
            }
        }
    )+};
}

ids! { TenantId ObjectId SubscriptionId RoleAssignmentId DeviceId ProfileId InvitationId ServiceRequestId DescriptionId }

/// Keys of numbers, each written as what is said behind it.
macro_rules! keys {
    ($($key:ident { $($field:ident)+ })+) => {$(
        impl SavedKey for $key {
            fn save_key(self, to: &mut Saving<'_>) {
                $(self.$field.save(to);)+
            }

            fn load_key(from: &mut Loading<'_>) -> Result<Self, Malformed> {
                Ok(Self { $($field: Value::load(from)?),+ })
            }
        }
    )+};
}

keys! {
    MembershipKey { tenant user of }
    DescribedKey { tenant user }
    AnswerKey { invitation customer }
    AssignmentKey { subscription principal role }
    AssignedToKey { subscription tenant }
    AppliedKey { profile partner }
    GivenKey { customer tenant }
    HeldKey { customer principal }
}

impl SavedKey for AuthorKey {
    fn save_key(self, to: &mut Saving<'_>) {
        to.id(self.user.tenant.guid());
        to.id(self.user.user.guid());
        self.operator.save(to);
        self.is_stated.save(to);
        self.issuer.save(to);
    }

    fn load_key(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        let user = User { tenant: TenantId::new(from.id()?), user: ObjectId::new(from.id()?) };
        Ok(Self { user, operator: Value::load(from)?, is_stated: Value::load(from)?, issuer: Value::load(from)? })
    }
}

impl Row for () {
    fn save_row(&self, _: &Store, _: &mut Saving<'_>) {}

    fn load_row(_: &mut Loading<'_>, _: &mut Store) -> Result<Self, Malformed> {
        Ok(())
    }
}

impl Row for TenantRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        to.event(self.registered);
        to.number(self.is_partner.into());
        self.name.save(to);
        self.domain.save(to);
        // The distance from one to the next.
        let (at, mut before) = (to.at, 0);
        let positions = store.positions.get(self.positions);
        let there = positions.get(..positions.partition_point(|position| position.get() <= at)).unwrap_or_default();
        to.number(there.len() as u64);
        for position in there {
            let Position(position) = position.get();
            to.number(position - before);
            before = position;
        }
        to.list(
            store.grants.get(self.grants),
            |grant| grant.position.get() <= at,
            |to, GrantRow { position, granted }| {
                to.number(position.get().0);
                let (kind, number) = match granted {
                    GrantedNumber::Explicit(number) => (0, number.get()),
                    GrantedNumber::Relationship(number) => (1, number.get()),
                    GrantedNumber::Dap(number) => (2, number.get()),
                    GrantedNumber::Assignment(number) => (3, number.get()),
                };
                to.number(kind);
                to.number(number.into());
            },
        );
    }

    // The invitations and service requests of a tenant are found when those are loaded.
    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        let (registered, is_partner) = (from.event()?, from.flag()?);
        let (name, domain) = (Value::load(from)?, Value::load(from)?);
        let mut before = 0_u64;
        let positions = from.list(&mut store.positions, |from| {
            before = before.checked_add(from.number()?).ok_or(Malformed)?;
            Ok(Position(before).into())
        })?;
        let grants = from.list(&mut store.grants, |from| {
            let position = Position(from.number()?).into();
            let (kind, number) = (from.byte()?, from.small()?);
            let granted = match kind {
                0 => GrantedNumber::Explicit(Number::new(number)),
                1 => GrantedNumber::Relationship(Number::new(number)),
                2 => GrantedNumber::Dap(Number::new(number)),
                3 => GrantedNumber::Assignment(Number::new(number)),
                _ => return Err(Malformed),
            };
            Ok(GrantRow { position, granted })
        })?;
        Ok(Self { registered, is_partner, name, domain, positions, grants, ..Self::default() })
    }
}

impl Row for PackedPeriods {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        to.periods(self, &store.older);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        from.periods(&mut store.older)
    }
}

impl Row for PackedPeriods<super::Assigned> {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        to.periods(self, &store.older_assigned);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        from.periods(&mut store.older_assigned)
    }
}

impl Row for PackedPeriods<super::Described> {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        to.periods(self, &store.older_described);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        from.periods(&mut store.older_described)
    }
}

impl Row for Count {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        to.count(*self, &store.changes);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        from.count(&mut store.changes)
    }
}

impl<K> Row for Number<K> {
    fn save_row(&self, _: &Store, to: &mut Saving<'_>) {
        to.number(self.get().into());
    }

    fn load_row(from: &mut Loading<'_>, _: &mut Store) -> Result<Self, Malformed> {
        from.numbered()
    }
}

impl Row for PairRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        self.sides.customer.save(to);
        self.sides.partner.save(to);
        for periods in [&self.active, &self.dap, &self.owed] {
            to.periods(periods, &store.older);
        }
        for Disclosed { told, .. } in &self.disclosed {
            to.periods(told, &store.older);
        }
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        let sides = SideNumbers { customer: Value::load(from)?, partner: Value::load(from)? };
        let older = &mut store.older;
        let (active, dap, owed) = (from.periods(older)?, from.periods(older)?, from.periods(older)?);
        let mut row = Self { sides, active, dap, owed, ..Self::default() };
        for disclosed in &mut row.disclosed {
            disclosed.told = from.periods(older)?;
        }
        Ok(row)
    }
}

impl Row for InvitationRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        self.partner.save(to);
        for flag in [self.delegated_admin, self.is_french, self.is_for_many] {
            to.number(flag.into());
        }
        to.number(self.expires_at.cast_unsigned());
        to.event(self.sent);
        to.event(self.withdrawn);
        let (at, answers) = (to.at, &store.answers);
        let accepted = |number: &u32| answers.row(Number::new(*number)).accepted.position() <= at;
        let declined = |number: &u32| answers.row(Number::new(*number)).declined.position() <= at;
        let number = |to: &mut Saving<'_>, number: u32| to.number(number.into());
        to.list(store.numbers.get(self.accepted), accepted, number);
        to.list(store.numbers.get(self.declined), declined, number);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        Ok(Self {
            partner: from.numbered()?,
            delegated_admin: from.flag()?,
            is_french: from.flag()?,
            is_for_many: from.flag()?,
            expires_at: from.number()?.cast_signed(),
            sent: from.event()?,
            withdrawn: from.event()?,
            accepted: from.list(&mut store.numbers, Loading::small)?,
            declined: from.list(&mut store.numbers, Loading::small)?,
        })
    }
}

impl Row for AnswerRow {
    fn save_row(&self, _: &Store, to: &mut Saving<'_>) {
        to.event(self.accepted);
        to.event(self.declined);
    }

    fn load_row(from: &mut Loading<'_>, _: &mut Store) -> Result<Self, Malformed> {
        Ok(Self { accepted: from.event()?, declined: from.event()? })
    }
}

impl Row for ServiceRequestRow {
    fn save_row(&self, _: &Store, to: &mut Saving<'_>) {
        self.pair.save(to);
        self.severity.save(to);
        to.number(self.by_microsoft.into());
        to.event(self.opened);
    }

    fn load_row(from: &mut Loading<'_>, _: &mut Store) -> Result<Self, Malformed> {
        Ok(Self { pair: from.numbered()?, severity: from.byte()?, by_microsoft: from.flag()?, opened: from.event()? })
    }
}

impl Row for SubscriptionRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        self.customer.save(to);
        self.provisioned_by.save(to);
        to.number(self.is_azure.into());
        self.name.save(to);
        to.event(self.begun);
        to.event(self.cancelled);
        to.count(self.assigned, &store.changes);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        Ok(Self {
            customer: from.numbered()?,
            provisioned_by: Value::load(from)?,
            is_azure: from.flag()?,
            name: Value::load(from)?,
            begun: from.event()?,
            cancelled: from.event()?,
            assigned: from.count(&mut store.changes)?,
            owners: 0,
        })
    }
}

impl Row for DeviceRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        self.customer.save(to);
        to.number(self.origin.0.into());
        for text in [self.serial_number, self.manufacturer, self.model] {
            text.save(to);
        }
        to.event(self.added);
        to.event(self.removed);
        to.pooled(self.group_tag, &store.tags);
        to.periods(&self.profile, &store.older_profiles);
    }

    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        Ok(Self {
            customer: from.numbered()?,
            origin: OriginKey(from.small()?),
            serial_number: Value::load(from)?,
            manufacturer: Value::load(from)?,
            model: Value::load(from)?,
            added: from.event()?,
            removed: from.event()?,
            group_tag: from.pooled(&mut store.tags)?,
            profile: from.periods(&mut store.older_profiles)?,
        })
    }
}

impl Row for ProfileRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        self.customer.save(to);
        to.periods(&self.content, &store.older_contents);
        to.count(self.devices, &store.changes);
    }

    // Its origins are found when those are loaded.
    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        let (customer, content) = (from.numbered()?, from.periods(&mut store.older_contents)?);
        Ok(Self { customer, content, devices: from.count(&mut store.changes)?, ..Self::default() })
    }
}

impl Row for GivenRow {
    fn save_row(&self, store: &Store, to: &mut Saving<'_>) {
        to.count(self.roles, &store.changes);
    }

    // Its grants are found among those of the customer.
    fn load_row(from: &mut Loading<'_>, store: &mut Store) -> Result<Self, Malformed> {
        Ok(Self { roles: from.count(&mut store.changes)?, ..Self::default() })
    }
}

fn save_rows<K: SavedKey, R: Row>(table: &Table<K, R>, store: &Store, rows: std::ops::Range<u32>, to: &mut Saving<'_>) {
    for number in rows.map(Number::new) {
        table.key(number).save_key(to);
        table.row(number).save_row(store, to);
    }
}

/// Takes the table out of the store while its rows are read into the pools.
fn load_rows<K: SavedKey, R: Row>(
    store: &mut Store,
    table: fn(&mut Store) -> &mut Table<K, R>,
    rows: u32,
    from: &mut Loading<'_>,
) -> Result<(), Malformed> {
    let mut taken = std::mem::take(table(store));
    for _ in 0..rows {
        let key = K::load_key(from)?;
        taken.push(key, R::load_row(from, store)?);
    }
    *table(store) = taken;
    Ok(())
}

impl Store {
    /// How many rows the section has now.
    pub(crate) fn rows(&self, section: Section) -> u32 {
        match section {
            Section::Texts => self.texts.len(),
            Section::Users => self.users.len(),
            Section::Authors => self.authors.len(),
            Section::Tenants => self.tenants.len(),
            Section::Memberships => self.memberships.len(),
            Section::Described => self.described.len(),
            Section::Descriptions => self.descriptions.len(),
            Section::Pairs => self.pairs.len(),
            Section::Invitations => self.invitations.len(),
            Section::Answers => self.answers.len(),
            Section::ServiceRequests => self.service_requests.len(),
            Section::Subscriptions => self.subscriptions.len(),
            Section::Assignments => self.assignments.len(),
            Section::RoleAssignments => self.role_assignments.len(),
            Section::AssignedTo => self.assigned_to.len(),
            Section::Profiles => self.profiles.len(),
            Section::Devices => self.devices.len(),
            Section::Applied => self.applied.len(),
            Section::Given => self.given.len(),
            Section::RolesHeld => self.roles_held.len(),
        }
    }

    /// Writes those rows as they were.
    pub(crate) fn save(&self, section: Section, rows: std::ops::Range<u32>, to: &mut Saving<'_>) {
        match section {
            Section::Texts => self.texts.numbered(rows).for_each(|text| to.text(text)),
            Section::Users => save_rows(&self.users, self, rows, to),
            Section::Authors => save_rows(&self.authors, self, rows, to),
            Section::Tenants => save_rows(&self.tenants, self, rows, to),
            Section::Memberships => save_rows(&self.memberships, self, rows, to),
            Section::Described => save_rows(&self.described, self, rows, to),
            Section::Descriptions => save_rows(&self.descriptions, self, rows, to),
            Section::Pairs => rows.for_each(|number| self.pairs.row(Number::new(number)).save_row(self, to)),
            Section::Invitations => save_rows(&self.invitations, self, rows, to),
            Section::Answers => save_rows(&self.answers, self, rows, to),
            Section::ServiceRequests => save_rows(&self.service_requests, self, rows, to),
            Section::Subscriptions => save_rows(&self.subscriptions, self, rows, to),
            Section::Assignments => save_rows(&self.assignments, self, rows, to),
            Section::RoleAssignments => save_rows(&self.role_assignments, self, rows, to),
            Section::AssignedTo => save_rows(&self.assigned_to, self, rows, to),
            Section::Profiles => save_rows(&self.profiles, self, rows, to),
            Section::Devices => save_rows(&self.devices, self, rows, to),
            Section::Applied => save_rows(&self.applied, self, rows, to),
            Section::Given => save_rows(&self.given, self, rows, to),
            Section::RolesHeld => save_rows(&self.roles_held, self, rows, to),
        }
    }

    /// Reads so many rows, which are not found before [`index`](Self::index).
    pub(crate) fn load(&mut self, section: Section, rows: u32, from: &mut Loading<'_>) -> Result<(), Malformed> {
        match section {
            Section::Texts => {
                for _ in 0..rows {
                    self.texts.push(from.text()?);
                }
                Ok(())
            }
            Section::Users => load_rows(self, |store| &mut store.users, rows, from),
            Section::Authors => load_rows(self, |store| &mut store.authors, rows, from),
            Section::Tenants => load_rows(self, |store| &mut store.tenants, rows, from),
            Section::Memberships => load_rows(self, |store| &mut store.memberships, rows, from),
            Section::Described => load_rows(self, |store| &mut store.described, rows, from),
            Section::Descriptions => load_rows(self, |store| &mut store.descriptions, rows, from),
            Section::Pairs => {
                for _ in 0..rows {
                    let row = PairRow::load_row(from, self)?;
                    self.pairs.push(self.pair_of(row.sides), row);
                }
                Ok(())
            }
            Section::Invitations => load_rows(self, |store| &mut store.invitations, rows, from),
            Section::Answers => load_rows(self, |store| &mut store.answers, rows, from),
            Section::ServiceRequests => load_rows(self, |store| &mut store.service_requests, rows, from),
            Section::Subscriptions => load_rows(self, |store| &mut store.subscriptions, rows, from),
            Section::Assignments => load_rows(self, |store| &mut store.assignments, rows, from),
            Section::RoleAssignments => load_rows(self, |store| &mut store.role_assignments, rows, from),
            Section::AssignedTo => load_rows(self, |store| &mut store.assigned_to, rows, from),
            Section::Profiles => load_rows(self, |store| &mut store.profiles, rows, from),
            Section::Devices => load_rows(self, |store| &mut store.devices, rows, from),
            Section::Applied => load_rows(self, |store| &mut store.applied, rows, from),
            Section::Given => load_rows(self, |store| &mut store.given, rows, from),
            Section::RolesHeld => load_rows(self, |store| &mut store.roles_held, rows, from),
        }
    }
}

impl Store {
    /// Takes the texts and the devices of another, with what only devices have.
    pub(crate) fn take_things(&mut self, other: Self) {
        let Self { texts, devices, tags, older_profiles, .. } = other;
        (self.texts, self.devices, self.tags, self.older_profiles) = (texts, devices, tags, older_profiles);
    }
}

/// How many numbers of each kind are left where a store counts as full: more than the commits between two looks take.
const NUMBERS_LEFT: u32 = 1 << 26;

impl Store {
    /// Whether numbers run out: after some four billion rows of a kind.
    pub(crate) fn is_full(&self) -> bool {
        let rows = Section::ALL.iter().map(|section| self.rows(*section)).max();
        let lists = [
            self.positions.slots(),
            self.grants.slots(),
            self.numbers.slots(),
            self.changes.slots(),
            self.older.slots(),
            self.tags.slots(),
            self.older_profiles.slots(),
            self.older_contents.slots(),
            self.older_assigned.slots(),
            self.older_described.slots(),
        ];
        rows.into_iter().chain(lists).any(|numbers| numbers > u32::MAX - NUMBERS_LEFT)
    }
}
