//! The folder a stack lives in: who may use it, where the servers' data lies, which files it holds.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use rustix::process::geteuid;
use sha2::{Digest, Sha256};

use crate::{error::Error, record, user::User};

/// Where data goes when the servers' account cannot reach the folder; unlike `/tmp` it survives a restart.
const OUTSIDE: &str = "/var/tmp";

/// An open stack folder. The lock on it is held until this is dropped.
pub(crate) struct Folder {
    root: PathBuf,
    data: PathBuf,
    user: Option<User>,
    _lock: File,
}

impl Folder {
    /// Creates the folder if it is missing and takes its lock; fails with [`Error::Busy`] when another process has it.
    pub(crate) fn open(path: &Path, user: Option<User>) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(Error::folder("creating", path))?;
        let root = path.canonicalize().map_err(Error::folder("resolving", path))?;
        let lock = open_lock(&Self::lock_path(&root))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = record::owner(&Self::record_path(&root));
                let owner = owner.map_or_else(|| "unknown".to_owned(), |owner| owner.pid.to_string());
                return Err(Error::Busy { folder: root, owner });
            }
            Err(TryLockError::Error(source)) => {
                return Err(Error::Folder { doing: "locking", path: root, source });
            }
        }
        let data = data_path(&root, user.as_ref());
        Ok(Self { root, data, user, _lock: lock })
    }

    /// Returns the lock file of the stack in `root`.
    pub(crate) fn lock_path(root: &Path) -> PathBuf {
        root.join("lock")
    }

    /// Returns the file that lists the processes of the run in `root`.
    pub(crate) fn record_path(root: &Path) -> PathBuf {
        root.join("run.json")
    }

    /// Returns the folder itself, with links resolved.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the account that owns the servers' data, when it is not ours.
    pub(crate) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Removes all data of the servers, and the password that fits to it.
    pub(crate) fn wipe(&self) -> Result<(), Error> {
        for path in [self.data.clone(), self.root.join("secret")] {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::Folder { doing: "removing", path, source: error });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes sure there is a folder for the data, which only we can write to.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        let made = DirBuilder::new().mode(0o711).create(&self.data);
        match made {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Error::Folder { doing: "creating", path: self.data.clone(), source: error });
            }
            _ => {}
        }
        // In a folder that everybody can write to, somebody else may have made it first.
        let found = fs::symlink_metadata(&self.data).map_err(Error::folder("reading", &self.data))?;
        if !found.is_dir() || found.uid() != geteuid().as_raw() {
            return Err(Error::Foreign { path: self.data.clone() });
        }
        Ok(())
    }

    /// Returns the folder of one server.
    pub(crate) fn server(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    /// Makes a folder if it is missing; the servers' account may do everything in it, others nothing.
    pub(crate) fn give_folder(&self, path: &Path) -> Result<(), Error> {
        fs::create_dir_all(path).map_err(Error::folder("creating", path))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(Error::folder("protecting", path))?;
        self.hand_over(path)
    }

    /// Writes a file that only the servers' account can read.
    pub(crate) fn give_file(&self, path: &Path, content: &[u8]) -> Result<(), Error> {
        write_private(path, content).map_err(Error::folder("writing", path))?;
        self.hand_over(path)
    }

    /// Returns the password the stack's others are derived from: the one that fits to the data, or a new one.
    pub(crate) fn secret(&self) -> Result<String, Error> {
        let path = self.root.join("secret");
        match fs::read_to_string(&path) {
            Ok(secret) => Ok(secret.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = crate::secret::random();
                write_private(&path, secret.as_bytes()).map_err(Error::folder("writing", &path))?;
                Ok(secret)
            }
            Err(source) => Err(Error::Folder { doing: "reading", path, source }),
        }
    }

    fn hand_over(&self, path: &Path) -> Result<(), Error> {
        match &self.user {
            Some(User { uid, gid }) => chown(path, Some(*uid), Some(*gid)).map_err(Error::folder("handing over", path)),
            None => Ok(()),
        }
    }
}

/// Opens a file that is only there to be locked.
pub(crate) fn open_lock(path: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    opened.map_err(Error::folder("opening", path))
}

/// Writes a file readable by its owner only, whole or not at all.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = PathBuf::from(name);
    // Removed first: the mode below counts only when the file is made.
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(content)?;
    fs::rename(&fresh, path)
}

/// Returns where the servers' data lies: in the folder, or outside when their account cannot get there.
fn data_path(root: &Path, user: Option<&User>) -> PathBuf {
    if user.is_none_or(|user| reaches(root, user)) {
        return root.join("data");
    }
    // Named after the folder, so that the next run finds it again.
    let name = hex::encode(&Sha256::digest(root.as_os_str().as_encoded_bytes())[..8]);
    Path::new(OUTSIDE).join(format!("callflow-stack-{name}"))
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
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::open(dir.path(), None).unwrap();
        assert!(matches!(Folder::open(dir.path(), None), Err(Error::Busy { .. })));
        drop(first);
        Folder::open(dir.path(), None).unwrap();
    }

    #[test]
    fn data_goes_elsewhere_when_the_account_cannot_pass() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = User { uid: 54_321, gid: 54_321 };
        let outside = data_path(dir.path(), Some(&stranger));
        assert!(outside.starts_with(OUTSIDE), "{outside:?}");
        assert_eq!(outside, data_path(dir.path(), Some(&stranger)));
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert!(data_path(dir.path(), Some(&stranger)).starts_with(dir.path()));
    }

    #[test]
    fn files_with_passwords_are_readable_by_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path(), None).unwrap();
        let secret = folder.secret().unwrap();
        assert_eq!(secret, folder.secret().unwrap());
        let mode = fs::metadata(dir.path().join("secret")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_data_folder_planted_by_somebody_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path(), None).unwrap();
        std::os::unix::fs::symlink("/etc", &folder.data).unwrap();
        assert!(matches!(folder.prepare(), Err(Error::Foreign { .. })));
    }
}
