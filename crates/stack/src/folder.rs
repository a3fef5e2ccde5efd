//! The folder a stack lives in: who may use it, where the servers' data lies, which files it holds.

mod place;

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::process::geteuid;

use crate::{error::Error, options::Mode, record, user::User};

/// How often the lock is tried when nobody seems to own it: somebody else's sweep holds it for a moment.
const TRIES: u32 = 20;

/// An open stack folder. The lock on it is held until this is dropped.
pub(crate) struct Folder {
    root: PathBuf,
    data: PathBuf,
    user: Option<User>,
    _lock: File,
}

impl Folder {
    /// Creates the folder if it is missing and takes its lock; fails with [`Error::Busy`] when another process has it.
    pub(crate) fn open(path: &Path, user: Option<User>, mode: Mode) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(Error::folder("creating", path))?;
        let root = path.canonicalize().map_err(Error::folder("resolving", path))?;
        let lock = open_lock(&Self::lock_path(&root))?;
        let mut owner = None;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => {
                    let data = place::choose(&root, user.as_ref(), mode);
                    return Ok(Self { root, data, user, _lock: lock });
                }
                Err(TryLockError::WouldBlock) => owner = record::owner(&Self::record_path(&root)),
                Err(TryLockError::Error(source)) => return Err(Error::Folder { doing: "locking", path: root, source }),
            }
            if owner.is_some() {
                break;
            }
            thread::park_timeout(Duration::from_millis(25));
        }
        let owner = owner.map_or_else(|| "unknown".to_owned(), |owner| owner.pid.to_string());
        Err(Error::Busy { folder: root, owner })
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

    /// Removes all data of the servers, wherever it lies, and the password that fits to it.
    pub(crate) fn wipe(&self) -> Result<(), Error> {
        for path in place::all(&self.root).into_iter().chain([self.root.join("secret")]) {
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
        let owner = self.data.join(place::OWNER);
        fs::write(&owner, self.root.as_os_str().as_encoded_bytes()).map_err(Error::folder("writing", owner))
    }

    /// Removes data that other stacks have left outside of their folders and will not use again.
    pub(crate) fn sweep() {
        place::sweep();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::open(dir.path(), None, Mode::Run).unwrap();
        assert!(matches!(Folder::open(dir.path(), None, Mode::Run), Err(Error::Busy { .. })));
        drop(first);
        Folder::open(dir.path(), None, Mode::Run).unwrap();
    }

    #[test]
    fn files_with_passwords_are_readable_by_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path(), None, Mode::Run).unwrap();
        let secret = folder.secret().unwrap();
        assert_eq!(secret, folder.secret().unwrap());
        let mode = fs::metadata(dir.path().join("secret")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_data_folder_planted_by_somebody_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path(), None, Mode::Run).unwrap();
        std::os::unix::fs::symlink("/etc", &folder.data).unwrap();
        assert!(matches!(folder.prepare(), Err(Error::Foreign { .. })));
    }
}
