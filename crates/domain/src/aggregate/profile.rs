//! An Autopilot deployment profile in a customer's tenant.

use crate::{
    access::Permit,
    command::{ApplyProfile, CreateProfile, ProfileSettings, RemoveProfile, UpdateProfile},
    decide::Context,
    event::{Event, ProfileApplied, ProfileCreated, ProfileDeleted, ProfileRemoved, ProfileUpdated},
    id::{CustomerId, DeviceId, PartnerId, ProfileId},
    refusal::Refusal,
    store::{AppliedKey, Content, OriginKey, ProfileNumber, ProfileRow, Store, periods::PeriodList, table::Number},
    temporal::{EventRef, Position, Standing},
    text::Name,
};

/// A profile, there or deleted.
#[derive(Clone, Copy)]
pub struct Profile<'s> {
    store: &'s Store,
    number: ProfileNumber,
    row: &'s ProfileRow,
}

/// What a profile says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileContent<'s> {
    pub name: &'s str,
    pub settings: ProfileSettings,
}

impl<'s> Profile<'s> {
    /// Makes a profile: its id must be new.
    pub fn decide_create(
        id_taken: bool,
        command: &CreateProfile,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        if id_taken {
            return Err(Refusal::AlreadyExists("profile"));
        }
        let CreateProfile { customer, profile, name, settings } = command.clone();
        let profile = profile.unwrap_or(ProfileId::new(context.fresh.entity));
        let settings = settings.unwrap_or_default().applied(ProfileSettings::default());
        Ok(vec![ProfileCreated { customer, profile, name, settings }.into()])
    }

    /// Changes its name, its settings or both; what is left out stays.
    pub fn decide_update(&self, command: &UpdateProfile, _: &Permit, now: Position) -> Result<Vec<Event>, Refusal> {
        let content = self.content(now).ok_or(Refusal::NotFound("profile"))?;
        let UpdateProfile { customer, profile, name, settings } = command.clone();
        let name = name.unwrap_or_else(|| Name::kept(content.name));
        let settings = settings.unwrap_or_default().applied(content.settings);
        Ok(vec![ProfileUpdated { customer, profile, name, settings }.into()])
    }

    /// Deletes it, unless it is applied to devices.
    pub fn decide_delete(&self, _: &Permit) -> Result<Vec<Event>, Refusal> {
        if self.is_in_use() {
            return Err(Refusal::ProfileInUse(self.row.devices.newest(&self.store.changes) as usize));
        }
        Ok(vec![ProfileDeleted { customer: self.customer(), profile: self.id() }.into()])
    }

    /// Applies it to devices, in place of what each of them had (APL-4).
    pub fn decide_apply(&self, command: &ApplyProfile, _: &[Permit]) -> Vec<Event> {
        let (customer, profile, devices) = (self.customer(), self.id(), command.devices.to_vec());
        vec![ProfileApplied { customer, profile, devices }.into()]
    }

    /// Removes it from devices, to each of which it must be applied (APL-4): `devices`, with what is applied to each.
    pub fn decide_remove(
        &self,
        command: &RemoveProfile,
        mut devices: impl Iterator<Item = (DeviceId, Option<ProfileId>)>,
        _: &[Permit],
    ) -> Result<Vec<Event>, Refusal> {
        if let Some((other, _)) = devices.find(|(_, applied)| *applied != Some(self.id())) {
            return Err(Refusal::ProfileNotApplied(other));
        }
        let (customer, profile, devices) = (self.customer(), self.id(), command.devices.to_vec());
        Ok(vec![ProfileRemoved { customer, profile, devices }.into()])
    }

    /// The profile of that id.
    pub(crate) fn find(store: &'s Store, profile: ProfileId) -> Option<Self> {
        Some(Self::numbered(store, store.profiles.find(profile)?))
    }

    pub(crate) fn numbered(store: &'s Store, number: ProfileNumber) -> Self {
        Self { store, number, row: store.profiles.row(number) }
    }

    pub fn id(self) -> ProfileId {
        self.store.profiles.key(self.number)
    }

    /// In whose tenant it is.
    pub fn customer(self) -> CustomerId {
        self.store.tenant_id(self.row.customer).as_customer()
    }

    /// Whether it is applied to a device now.
    pub(crate) fn is_in_use(self) -> bool {
        self.row.devices.newest(&self.store.changes) > 0
    }

    /// How many devices it was applied to.
    pub fn devices(self, at: Position) -> usize {
        self.row.devices.at(at, &self.store.changes)
    }

    /// How many of them each partner had added, or, by `None`, the customer.
    pub fn devices_by_origin(self, at: Position) -> impl Iterator<Item = (Option<PartnerId>, usize)> + use<'s> {
        let store = self.store;
        store.numbers.get(self.row.origins).iter().map(move |number| {
            let (key, count) = (store.applied.key(Number::new(*number)), store.applied.row(Number::new(*number)));
            let partner = key.partner.map(|partner| store.tenant_id(partner).as_partner());
            (partner, count.at(at, &store.changes))
        })
    }

    fn contents(self) -> PeriodList<'s, Content> {
        self.row.content.view(&self.store.older_contents)
    }

    /// Whether it was there, as its newest change left it.
    pub fn standing(self, at: Position) -> Standing {
        self.contents().standing(at)
    }

    /// What it said; nothing before it was made and after it was deleted.
    pub fn content(self, at: Position) -> Option<ProfileContent<'s>> {
        self.contents().at(at).map(|period| {
            let Content { name, settings } = period.value;
            ProfileContent { name: self.store.texts.get(name), settings: unpacked(settings) }
        })
    }
}

/// Takes in what happened to a profile. What it is applied to, its devices say.
pub(crate) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::ProfileCreated(ProfileCreated { customer, profile, name, settings }) => {
            let customer = store.keep_tenant(*customer);
            let number = store.profiles.insert(*profile, ProfileRow { customer, ..ProfileRow::default() });
            store.profiles_of.insert(customer, *profile, number);
            say(store, number, name, *settings, at);
        }
        Event::ProfileUpdated(ProfileUpdated { profile, name, settings, .. }) => {
            if let Some(number) = store.profiles.find(*profile) {
                say(store, number, name, *settings, at);
            }
        }
        Event::ProfileDeleted(ProfileDeleted { profile, .. }) => {
            if let Some(number) = store.profiles.find(*profile) {
                store.profiles.row_mut(number).content.end(at);
            }
        }
        _ => {}
    }
}

fn say(store: &mut Store, profile: ProfileNumber, name: &Name, settings: ProfileSettings, at: EventRef) {
    let content = Content { name: store.texts.keep(name), settings: packed(settings) };
    store.profiles.row_mut(profile).content.begin(content, at, &mut store.older_contents);
}

/// Takes in that it was applied to one more device.
pub(super) fn applied(store: &mut Store, profile: ProfileNumber, origin: OriginKey, at: Position) {
    let row = store.profiles.row_mut(profile);
    row.devices.add(at, &mut store.changes);
    let before = store.applied.len();
    let number = store.applied.number(AppliedKey { profile, partner: origin.partner() });
    if store.applied.len() > before {
        store.numbers.push(&mut row.origins, number.get());
    }
    store.applied.row_mut(number).add(at, &mut store.changes);
}

/// Takes in that it is not applied to one of its devices any more.
pub(super) fn taken_off(store: &mut Store, profile: ProfileNumber, origin: OriginKey, at: Position) {
    store.profiles.row_mut(profile).devices.take(at, &mut store.changes);
    let number = store.applied.number(AppliedKey { profile, partner: origin.partner() });
    store.applied.row_mut(number).take(at, &mut store.changes);
}

/// A bit for each setting, in their order.
fn packed(settings: ProfileSettings) -> u8 {
    let ProfileSettings {
        remove_oem_preinstalls,
        oobe_user_not_local_admin,
        skip_express_settings,
        skip_oem_registration,
        skip_eula,
    } = settings;
    let all =
        [remove_oem_preinstalls, oobe_user_not_local_admin, skip_express_settings, skip_oem_registration, skip_eula];
    all.iter().rev().fold(0, |bits, setting| bits << 1 | u8::from(*setting))
}

fn unpacked(bits: u8) -> ProfileSettings {
    let setting = |number: u8| bits >> number & 1 == 1;
    ProfileSettings {
        remove_oem_preinstalls: setting(0),
        oobe_user_not_local_admin: setting(1),
        skip_express_settings: setting(2),
        skip_oem_registration: setting(3),
        skip_eula: setting(4),
    }
}
