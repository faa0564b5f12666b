//! Names of tenants and of what they have. All are made up; domains end in `.example`, which nobody can have.

use super::chance::Chance;

/// A tenant's name and domain.
pub(super) struct TenantName {
    pub(super) name: String,
    pub(super) domain: String,
}

const FIRST: [&str; 40] = [
    "Al", "Bel", "Bra", "Cal", "Cor", "Dal", "Del", "Dor", "El", "Fal", "Fer", "Gal", "Gor", "Hal", "Hel", "Jor",
    "Kal", "Kel", "Lan", "Lor", "Mal", "Mer", "Mon", "Nal", "Nor", "Or", "Pel", "Por", "Quel", "Ral", "Ros", "Sal",
    "Sel", "Tal", "Tor", "Ul", "Val", "Ver", "Wel", "Zor",
];

const LAST: [&str; 30] = [
    "aby", "adine", "agny", "ander", "aric", "asset", "avia", "belle", "cresta", "dell", "dora", "elio", "emy", "enne",
    "esco", "ford", "gate", "ia", "iden", "imar", "inda", "ister", "low", "mere", "ona", "oria", "stead", "una",
    "ville", "wick",
];

/// What a customer does, as its name says it, and its domain.
const TRADES: [(&str, &str); 40] = [
    ("Architects", "architects"),
    ("Bakery", "bakery"),
    ("Boulangerie", "boulangerie"),
    ("Brewing", "brewing"),
    ("Café", "cafe"),
    ("Clinic", "clinic"),
    ("College", "college"),
    ("Construction", "construction"),
    ("Consulting", "consulting"),
    ("Dental Practice", "dental"),
    ("Design", "design"),
    ("Electrical", "electrical"),
    ("Engineering", "engineering"),
    ("Estates", "estates"),
    ("Farms", "farms"),
    ("Films", "films"),
    ("Foods", "foods"),
    ("Foundation", "foundation"),
    ("Freight", "freight"),
    ("Furniture", "furniture"),
    ("Gardens", "gardens"),
    ("Group", "group"),
    ("Hotels", "hotels"),
    ("Imprimerie", "imprimerie"),
    ("Instruments", "instruments"),
    ("Insurance", "insurance"),
    ("Laboratories", "labs"),
    ("Legal", "legal"),
    ("Logistics", "logistics"),
    ("Maçonnerie", "maconnerie"),
    ("Media", "media"),
    ("Motors", "motors"),
    ("Museum", "museum"),
    ("Notaires", "notaires"),
    ("Pharmacy", "pharmacy"),
    ("Publishing", "publishing"),
    ("School", "school"),
    ("Textiles", "textiles"),
    ("Travel", "travel"),
    ("Vétérinaires", "veterinaires"),
];

/// What a partner does.
const SERVICES: [(&str, &str); 10] = [
    ("Cloud", "cloud"),
    ("Cloud Services", "cloud"),
    ("Digital", "digital"),
    ("Informatique", "informatique"),
    ("IT", "it"),
    ("IT Partners", "itpartners"),
    ("Managed Services", "managed"),
    ("Networks", "networks"),
    ("Systems", "systems"),
    ("Technologies", "technologies"),
];

/// The name of the customer of that number.
pub(super) fn of_customer(number: u32, chance: &mut Chance) -> TenantName {
    named(number, &TRADES, 'c', chance)
}

/// The name of the partner of that number.
pub(super) fn of_partner(number: u32, chance: &mut Chance) -> TenantName {
    named(number, &SERVICES, 'p', chance)
}

/// Names may come twice, as they do; the number keeps the domains apart.
fn named(number: u32, trades: &[(&str, &str)], letter: char, chance: &mut Chance) -> TenantName {
    let (first, last) = (chance.one(&FIRST).unwrap_or_default(), chance.one(&LAST).unwrap_or_default());
    let (trade, slug) = chance.one(trades).unwrap_or_default();
    let domain = format!("{}{last}-{slug}-{letter}{number}.example", first.to_lowercase());
    TenantName { name: format!("{first}{last} {trade}"), domain }
}

pub(super) const SUBSCRIPTIONS: [&str; 12] = [
    "Production",
    "Web shop",
    "Data warehouse",
    "Backup",
    "Development",
    "Test",
    "Virtual desktops",
    "Mail and Office",
    "Website",
    "Archive",
    "Identity",
    "Line of business",
];

pub(super) const PROFILES: [&str; 8] =
    ["Standard", "Kiosk", "Shared devices", "Sales laptops", "Class room", "Front desk", "Warehouse", "User driven"];

pub(super) const GROUP_TAGS: [&str; 16] = [
    "Sales",
    "Finance",
    "Kiosk",
    "Reception",
    "Warehouse",
    "Workshop",
    "Lyon",
    "Paris",
    "Bern",
    "Dublin",
    "Board",
    "Lab",
    "Support",
    "Training",
    "Loan",
    "Shared",
];

/// Who makes devices, and which.
pub(super) const HARDWARE: [(&str, &str); 12] = [
    ("Fabrikam", "Book 9"),
    ("Fabrikam", "Book 9 Pro"),
    ("Fabrikam", "Tablet 4"),
    ("Proseware", "Latimer 5420"),
    ("Proseware", "Latimer 7430"),
    ("Proseware", "Tower M2"),
    ("Wingtip", "Air 13"),
    ("Wingtip", "Air 15"),
    ("Litware", "ProStation 600"),
    ("Litware", "ProBase 450 G8"),
    ("Tailspin", "Flyer X1"),
    ("Tailspin", "Flyer X1 Carbon"),
];

pub(super) const TITLES: [&str; 8] = [
    "Mail arrives late",
    "Nobody can sign in",
    "A licence is missing",
    "The virtual machines do not start",
    "The backup ends with an error",
    "An account is locked again and again",
    "Teams calls break off",
    "The invoice names a wrong subscription",
];

/// A serial number that nobody else's device has: seven or eight digits and letters out of its owner's and its own number.
pub(super) fn serial_number(customer: u32, device: u16) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const BITS: u32 = 40;
    const MASK: u64 = (1 << BITS) - 1;
    // Odd, so that no two products are the same.
    const FACTOR: u64 = 0x9e_3779_b97f;
    let mut number = ((u64::from(customer) << 10) | u64::from(device)).wrapping_mul(FACTOR) & MASK;
    number ^= number >> (BITS / 2);
    let mut text = String::with_capacity(8);
    for _ in 0..8 {
        let letter = usize::try_from(number & 31).unwrap_or_default();
        text.push(LETTERS.get(letter).copied().unwrap_or_default().into());
        number >>= 5;
    }
    text
}
