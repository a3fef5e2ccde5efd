//! Where the servers' data lies: in the stack's folder, in memory, or elsewhere on disk.

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::{fs::statvfs, process::geteuid};
use sha2::{Digest, Sha256};

use crate::{options::Mode, user::User};

/// A file system in memory: a test's database is created there about ten times as fast as on disk.
const MEMORY: &str = "/dev/shm";

/// Free memory that test data may need: Postgres's log of 512 MB, databases and queues of many tests, and room to spare.
const ENOUGH: u64 = 2 << 30;

/// Where data goes when the servers' account cannot reach the folder; unlike `/tmp` it survives a restart.
const OUTSIDE: &str = "/var/tmp";

/// First part of the names of our folders in places that everybody can write to.
const PREFIX: &str = "callflow-stack-";

/// File in a data folder that names the stack's folder it belongs to.
pub(super) const OWNER: &str = "folder";

/// Returns where the data of a stack in `root` lies.
pub(super) fn choose(root: &Path, user: Option<&User>, mode: Mode) -> PathBuf {
    let [inside, memory, outside] = all(root);
    if mode == Mode::Test && statvfs(MEMORY).is_ok_and(|found| found.f_bavail * found.f_frsize >= ENOUGH) {
        return memory;
    }
    if user.is_none_or(|user| reaches(root, user)) { inside } else { outside }
}

/// Returns every place where data of a stack in `root` may lie.
pub(super) fn all(root: &Path) -> [PathBuf; 3] {
    // Named after the folder, so that the next run finds it again.
    let name = hex::encode(&Sha256::digest(root.as_os_str().as_encoded_bytes())[..8]);
    let elsewhere = |place: &str| Path::new(place).join(format!("{PREFIX}{name}"));
    [root.join("data"), elsewhere(MEMORY), elsewhere(OUTSIDE)]
}

/// Removes data outside of stack folders that no stack will ever use again: its folder is gone, or it is a killed
/// test's data in memory.
pub(super) fn sweep() {
    for place in [MEMORY, OUTSIDE] {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let data = entry.path();
            let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            let own = entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
            if let Some(root) = (named && own).then(|| fs::read_to_string(data.join(OWNER)).ok()).flatten() {
                remove_unused(&data, Path::new(&root), place == MEMORY);
            }
        }
    }
}

/// Removes `data` when the stack in `root` is gone; with `forgotten` also when it is not running.
fn remove_unused(data: &Path, root: &Path, forgotten: bool) {
    // Held while removing, so that no stack can start in between.
    let lock = File::open(super::Folder::lock_path(root)).ok();
    let idle = lock.as_ref().is_none_or(|lock| forgotten && lock.try_lock().is_ok());
    if idle {
        // Another process may be removing it as well.
        let _ = fs::remove_dir_all(data);
    }
}

/// Returns whether `user` may pass through every folder down to `path`.
fn reaches(path: &Path, user: &User) -> bool {
    path.ancestors().all(|folder| {
        fs::metadata(folder).is_ok_and(|found| {
            let shift = match () {
                () if found.uid() == user.uid => 6,
                () if found.gid() == user.gid => 3,
                () => 0,
            };
            found.mode() >> shift & 1 == 1
        })
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn data_goes_elsewhere_when_the_account_cannot_pass() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = User { uid: 54_321, gid: 54_321 };
        let outside = choose(dir.path(), Some(&stranger), Mode::Run);
        assert!(outside.starts_with(OUTSIDE), "{outside:?}");
        assert_eq!(outside, choose(dir.path(), Some(&stranger), Mode::Run));
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(choose(dir.path(), Some(&stranger), Mode::Run), dir.path().join("data"));
    }

    #[test]
    fn only_data_that_nobody_will_use_again_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (root, data) = (dir.path().join("root"), dir.path().join("data"));
        let exists_after = |forgotten| {
            fs::create_dir_all(&data).unwrap();
            remove_unused(&data, &root, forgotten);
            data.exists()
        };
        assert!(!exists_after(false), "its folder is gone");
        fs::create_dir(&root).unwrap();
        let lock = File::create(super::super::Folder::lock_path(&root)).unwrap();
        assert!(exists_after(false), "data on disk waits for the next start");
        assert!(!exists_after(true), "data in memory is of no use to a stack that was killed");
        lock.lock().unwrap();
        assert!(exists_after(true), "the stack is running");
    }
}
