import Mirrors
import Time

extension ListedTree {
    /// What a client that asks for `path` gets, with links followed; call it after
    /// ``followLinks(_:)``.
    func finding(at path: ArraySlice<UInt8>) -> Finding {
        guard isRootOpen == true else { return isRootOpen == nil ? .missing : .closed }
        // Most paths are entries themselves, in directories that everybody may enter.
        if !hasClosedDirectory, let node = node(at: path), kind(of: node) != Columns.symlink {
            return finding(of: node)
        }
        guard let text = LinkText(path) else { return path.isEmpty ? .directory : .missing }
        return switch follower.end(of: text, from: nil, in: self) {
        case .folder: .directory
        case .leaf(let node, beyond: _): finding(of: node)
        case .nowhere(.missing): .missing
        case .nowhere(.closed): .closed
        case .nowhere(.elsewhere): .elsewhere
        }
    }

    private func finding(of node: Node) -> Finding {
        guard isOpen(node) else { return .closed }
        return switch kind(of: node) {
        case Columns.file:
            .file(
                byteCount: columns.byteCounts[node],
                modified: Timestamp(secondsSinceEpoch: Int64(columns.times[node]))
            )
        case Columns.directory: .directory
        default: .missing
        }
    }
}
