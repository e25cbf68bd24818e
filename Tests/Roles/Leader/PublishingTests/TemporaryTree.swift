import Foundation
import Glibc

/// A folder of the test's own, removed with everything in it.
final class TemporaryTree {
    let root: String

    init() {
        var template = Array("/tmp/redirector-tree.XXXXXX".utf8CString)
        unsafe _ = mkdtemp(&template)
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    @discardableResult
    func folder(_ path: String) -> TemporaryTree {
        var prefix = root
        for component in path.split(separator: "/") {
            prefix += "/\(component)"
            unsafe mkdir(prefix, 0o755)
        }
        return self
    }

    @discardableResult
    func file(_ path: String, byteCount: Int = 1, modified: Int = 1_700_000_000) -> TemporaryTree {
        file(bytes: Array(path.utf8), byteCount: byteCount, modified: modified)
    }

    /// A file whose path need not be UTF-8.
    @discardableResult
    func file(bytes path: [UInt8], byteCount: Int, modified: Int = 1_700_000_000) -> TemporaryTree {
        let full = (Array(root.utf8) + [0x2F] + path + [0]).map(CChar.init(bitPattern:))
        let descriptor = unsafe open(full, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        precondition(descriptor >= 0, "cannot make a file of the test")
        ftruncate(descriptor, byteCount)
        let time = timespec(tv_sec: modified, tv_nsec: 0)
        unsafe _ = futimens(descriptor, [time, time])
        close(descriptor)
        return self
    }

    @discardableResult
    func link(_ path: String, to target: String) -> TemporaryTree {
        precondition(
            unsafe symlink(target, "\(root)/\(path)") == 0,
            "cannot make a link of the test"
        )
        return self
    }

    func remove(_ path: String) {
        unsafe _ = Glibc.remove("\(root)/\(path)")
    }
}
