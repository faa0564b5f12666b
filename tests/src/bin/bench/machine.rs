//! Where a figure was measured: the machine, the disk, the commit.

use rustix::time::{ClockId, clock_gettime};
use std::{fs, path::Path, process::Command, thread};

fn line_of(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kib_or_none(path: &str, name: &str) -> Option<u64> {
    line_of(path, name)?.split(' ').next()?.parse().ok()
}

fn kib(path: &str, name: &str) -> u64 {
    kib_or_none(path, name).unwrap()
}

/// What this process has in memory.
pub(crate) fn resident_bytes() -> u64 {
    kib("/proc/self/status", "VmRSS:") * 1024
}

/// What that process has in memory.
pub(crate) fn resident_bytes_of(process: u32) -> u64 {
    kib(&format!("/proc/{process}/status"), "VmRSS:") * 1024
}

/// The most that a process had in memory since its peak was forgotten; none if it has ended.
pub(crate) fn peak_bytes(process: u32) -> Option<u64> {
    Some(kib_or_none(&format!("/proc/{process}/status"), "VmHWM:")? * 1024)
}

/// Has the peak of a process begin anew with what it has in memory now. Where the system refuses, its start counts too.
pub(crate) fn forget_peak(process: u32) {
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}

/// Processor time that this process, or this thread of it, has used so far.
pub(crate) fn processor_seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A file system: its device and its type.
struct Disk {
    device: String,
    kind: String,
}

impl Disk {
    /// Where that folder is.
    fn of(folder: &Path) -> Disk {
        let folder = folder.canonicalize().unwrap();
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let mounts = mounts.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?, words.next()?))
        });
        // Of mounts at the same place the last one counts, as it does for max_by_key.
        let here = mounts.filter(|(_, place, _)| folder.starts_with(place)).max_by_key(|(_, place, _)| place.len());
        let (device, _, kind) = here.unwrap();
        Disk { device: device.to_owned(), kind: kind.to_owned() }
    }

    /// Whether it is only memory, if nothing is ever on stable storage.
    fn is_memory(&self) -> bool {
        ["tmpfs", "ramfs"].contains(&self.kind.as_str())
    }
}

/// Ends the measurement if that folder is in memory only.
pub(crate) fn refuse_memory(folder: &Path) {
    if Disk::of(folder).is_memory() {
        let folder = folder.display();
        eprintln!("{folder} is in memory only, where nothing is durable: name a folder on a disk with --folder");
        std::process::exit(2);
    }
}

/// The bytes of the files in that folder and below it.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| if entry.path().is_dir() { folder_bytes(&entry.path()) } else { entry.metadata().unwrap().len() })
        .sum()
}

/// Prints the machine, the disk of `folder`, the commit and the command.
pub(crate) fn print(folder: &Path) {
    let disk = Disk::of(folder);
    let cores = thread::available_parallelism().unwrap();
    let gib = kib("/proc/meminfo", "MemTotal") as f64 / f64::from(1 << 20);
    let said = |path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let git = Command::new("git").args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]).output();
    let commit = git.map(|git| String::from_utf8_lossy(&git.stdout).trim().to_owned()).unwrap_or_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("machine  {}, {cores} cores, {gib:.1} GiB", line_of("/proc/cpuinfo", "model name").unwrap_or_default());
    println!(
        "load     {} (averages before the start, over 1, 5, 15 minutes)",
        said("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
    println!("disk     {}, {}", disk.device, disk.kind);
    println!("kernel   Linux {}", said("/proc/sys/kernel/osrelease"));
    println!("commit   {commit}");
    println!("command  scripts/bench {}", arguments.join(" "));
}
