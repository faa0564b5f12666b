//! The CSV file of devices that Windows itself produces (`Get-WindowsAutopilotInfo`).

use crate::csv_file::CsvColumn;
use std::fmt;

/// A column that the file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    SerialNumber,
    ProductId,
    HardwareHash,
    GroupTag,
    AssignedUser,
    Manufacturer,
    Model,
}

impl CsvColumn for Column {
    const ALL: &'static [Self] = &[
        Self::SerialNumber,
        Self::ProductId,
        Self::HardwareHash,
        Self::GroupTag,
        Self::AssignedUser,
        Self::Manufacturer,
        Self::Model,
    ];
    const NEEDED: Self = Self::SerialNumber;
    const MAY_HAVE_OTHERS: bool = false;

    fn name(self) -> &'static str {
        match self {
            Self::SerialNumber => "Device Serial Number",
            Self::ProductId => "Windows Product ID",
            Self::HardwareHash => "Hardware Hash",
            Self::GroupTag => "Group Tag",
            Self::AssignedUser => "Assigned User",
            Self::Manufacturer => "Manufacturer name",
            Self::Model => "Device Model",
        }
    }
}

impl Column {
    /// The column of a command's field.
    pub(crate) fn of_field(field: &str) -> Option<Self> {
        match field {
            "serialNumber" => Some(Self::SerialNumber),
            "productKey" => Some(Self::ProductId),
            "hardwareHash" => Some(Self::HardwareHash),
            "groupTag" => Some(Self::GroupTag),
            "manufacturer" => Some(Self::Manufacturer),
            "model" => Some(Self::Model),
            _ => None,
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
