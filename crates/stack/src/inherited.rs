//! What a process was handed by whoever started it, and must not keep.

use std::{fs, io, os::fd::RawFd};

/// The first number that is not standard input, output or error.
const FIRST: RawFd = 3;

/// Closes every open file but standard input, output and error, and returns how many.
///
/// A process that outlives the command that started it must not keep what that command happened to hold open: a lock
/// stays taken, a pipe's reader waits for its end. To be called first of all, while nobody in this process has opened
/// anything and there is one thread.
///
/// # Errors
/// When the process cannot see what it has open.
pub fn close_inherited() -> io::Result<usize> {
    let entries = fs::read_dir("/proc/self/fd")?;
    let open: Vec<RawFd> = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // One of them was the list itself, which is closed by now.
    Ok(open.into_iter().filter(|fd| *fd >= FIRST).filter(|fd| nix::unistd::close(*fd).is_ok()).count())
}
