//! What this machine lets a process have: memory, disk, cores, and the time they have spent.
//!
//! A container's or a job's limit counts, not the host's. Everything here is asked of the operating
//! system anew at each call; what it does not tell is `None`, and nobody guesses in its place.
//! Nothing of this reaches a result.

use std::fs;
use std::path::Path;

/// Limits of cgroup v1 that mean "none" are written as the largest whole number of pages below
/// 2^63.
const NO_LIMIT: u64 = 1 << 62;

/// Bytes of memory that this process may use in all, what it already uses included.
///
/// The least of: the limit of every control group above this process (v1 and v2), the limit on its
/// address space, and what the machine has available plus what this process holds. `None` where
/// none of them can be read.
pub fn memory_limit() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let groups =
        read("/proc/self/cgroup").and_then(|text| control_groups(Path::new("/sys/fs/cgroup"), &text));
    let address_space = read("/proc/self/limits").and_then(|text| address_space(&text));
    let available = read("/proc/meminfo")
        .and_then(|text| kilobytes(&text, "MemAvailable:"))
        .map(|free| free.saturating_add(resident().unwrap_or(0)));
    [groups, address_space, available].into_iter().flatten().min()
}

/// Bytes of memory that this process holds now (resident set).
pub fn resident() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The most bytes of memory that this process has held so far (peak resident set).
pub fn peak_resident() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// Bytes that an ordinary user may still write to the file system of `path`.
///
/// A path that does not exist yet is asked for at its nearest folder that does.
pub fn free_disk(path: &Path) -> Option<u64> {
    let here = Path::new(".");
    let asked = path.ancestors().map(|part| if part.as_os_str().is_empty() { here } else { part });
    asked.into_iter().find_map(free_at)
}

#[cfg(unix)]
fn free_at(path: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let disk = rustix::fs::statvfs(path.as_os_str().as_bytes()).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free_at(_: &Path) -> Option<u64> {
    None
}

/// Threads that are worth starting: the cores this process may use, and no more than a Slurm task
/// was given. At least 1.
pub fn cores() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match std::env::var("SLURM_CPUS_PER_TASK").ok().and_then(|given| given.trim().parse().ok()) {
        Some(given) if given > 0 => cores.min(given),
        _ => cores,
    }
}

/// Seconds of processor time that all threads of this process have spent since it began.
#[cfg(unix)]
pub fn cpu_seconds() -> Option<f64> {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(spent.tv_sec as f64 + spent.tv_nsec as f64 * 1e-9)
}

/// Seconds of processor time that all threads of this process have spent since it began.
#[cfg(not(unix))]
pub fn cpu_seconds() -> Option<f64> {
    None
}

/// The name of this machine.
pub fn host() -> Option<String> {
    let told = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name =
        told.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The number after `key` in a table of `/proc` that counts kB, in bytes.
fn kilobytes(table: &str, key: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The soft limit on the address space in `/proc/self/limits`; `None` where it is unlimited.
fn address_space(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The least limit of the groups that `own` (the text of `/proc/self/cgroup`) names and of all
/// groups above them.
fn control_groups(root: &Path, own: &str) -> Option<u64> {
    let limits = own.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (hierarchy, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        if hierarchy == "0" && controllers.is_empty() {
            // Beside v1 hierarchies, v2 is mounted a folder deeper.
            [root.to_path_buf(), root.join("unified")]
                .iter()
                .filter_map(|root| least_upwards(root, path, "memory.max"))
                .min()
        } else if controllers.split(',').any(|name| name == "memory") {
            least_upwards(&root.join("memory"), path, "memory.limit_in_bytes")
        } else {
            None
        }
    });
    limits.min()
}

/// The least number in the files called `file` from the group `path` up to `root`.
///
/// A container often sees only its own part of the tree, so a folder that is not there is passed
/// over.
fn least_upwards(root: &Path, path: &str, file: &str) -> Option<u64> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != "..").collect();
    (0..=parts.len())
        .filter_map(|depth| {
            let mut folder = root.to_path_buf();
            folder.extend(&parts[..depth]);
            fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u64>().ok()
        })
        .filter(|&limit| limit < NO_LIMIT)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("mores-machine-{name}-{}", std::process::id()));
            for (path, text) in files {
                let path = root.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self(root)
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_tightest_group_above_the_process_counts() {
        let tree = Tree::new(
            "v2",
            &[
                ("memory.max", "max\n"),
                ("job/memory.max", "3000000000\n"),
                ("job/step/memory.max", "max\n"),
                ("job/step/task/memory.max", "8000000000\n"),
            ],
        );
        assert_eq!(control_groups(&tree.0, "0::/job/step/task\n"), Some(3_000_000_000));
        assert_eq!(control_groups(&tree.0, "0::/job/step\n"), Some(3_000_000_000));
        assert_eq!(control_groups(&tree.0, "0::/elsewhere\n"), None);
    }

    #[test]
    fn a_container_that_sees_only_its_own_groups_is_still_limited() {
        let tree = Tree::new("hidden", &[("memory.max", "1048576\n")]);
        assert_eq!(control_groups(&tree.0, "0::/host/pod/inner\n"), Some(1_048_576));
        assert_eq!(control_groups(&tree.0, "0::/../../other\n"), Some(1_048_576));
    }

    #[test]
    fn the_older_groups_are_read_and_their_no_limit_is_none() {
        let tree = Tree::new(
            "v1",
            &[
                ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("memory/docker/memory.limit_in_bytes", "2147483648\n"),
            ],
        );
        let own = "12:cpu,cpuacct:/docker\n5:memory:/docker\n0::/\n";
        assert_eq!(control_groups(&tree.0, own), Some(2_147_483_648));
        assert_eq!(control_groups(&tree.0, "5:memory:/\n"), None);
    }

    #[test]
    fn lines_of_proc_are_read_in_their_units() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max address space         4294967296           unlimited            bytes     \n";
        assert_eq!(address_space(limits), Some(4_294_967_296));
        assert_eq!(address_space(&limits.replace("4294967296", "unlimited ")), None);
        assert_eq!(kilobytes("MemTotal:  10 kB\nMemAvailable:   16 kB\n", "MemAvailable:"), Some(16_384));
        assert_eq!(kilobytes("MemAvailable: many kB\n", "MemAvailable:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_tells_what_it_has() {
        let held = resident().unwrap();
        assert!(held > 100_000 && peak_resident().unwrap() >= held / 2);
        assert!(memory_limit().unwrap() >= held);
        assert!(cores() >= 1);
        assert!(cpu_seconds().unwrap() >= 0.0);
        assert!(free_disk(Path::new("no/such/folder/yet")).is_some());
        assert!(!host().unwrap().contains('\n'));
    }
}
