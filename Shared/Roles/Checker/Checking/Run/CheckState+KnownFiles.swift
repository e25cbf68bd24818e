package import Catalogs
package import CheckStates
import Mirrors
import Time

extension CheckState {
    /// Up to `count` files that were proven here, are still expected and have not changed since,
    /// latest proofs first.
    package func knownFiles(in catalog: Catalog, count: Int) -> [FileID] {
        var best: [(id: FileID, observedAt: Timestamp)] = []
        for id in catalog.ids.prefix(self.count) where outcome(of: id) == .present {
            // The cheap test first: most files are no better than the best so far.
            let observedAt = self[id].observedAt
            if best.count == count, let last = best.last, last.observedAt >= observedAt { continue }
            guard catalog.isLive(id), catalog.byteCount(of: id) ?? 0 > 0,
                generation(of: id) >= catalog.changedIn(id)
            else { continue }
            let position = best.firstIndex { $0.observedAt < observedAt } ?? best.count
            best.insert((id, observedAt), at: position)
            if best.count > count { best.removeLast() }
        }
        return best.map(\.id)
    }
}
