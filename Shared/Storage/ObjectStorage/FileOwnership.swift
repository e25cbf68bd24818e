import Glibc

/// Which files are trusted, judged by their owner.
package enum FileOwnership: Sendable {
    /// A store belongs to the operator: any file in it is trusted, and symlinks are followed.
    case anybody
    /// Copies made by this user's processes, in a folder that others may write to: the file must
    /// belong to this user, not be writable by anybody else, and not be a symlink.
    case thisUser

    /// Flags for `open(2)`.
    var flags: CInt {
        switch self {
        case .anybody: 0
        case .thisUser: O_NOFOLLOW
        }
    }

    /// Why a file must not be read, or nil.
    func objection(to status: stat) -> String? {
        guard status.st_mode & S_IFMT == S_IFREG else { return "it is no regular file" }
        guard case .thisUser = self else { return nil }
        guard status.st_uid == geteuid() else {
            return "it belongs to another user; remove it, or set CACHE_DIR to another folder"
        }
        guard status.st_mode & 0o022 == 0 else {
            return "others can write it; remove it, or set CACHE_DIR to another folder"
        }
        return nil
    }
}
