package import Catalogs
package import HealthFormat
package import Mirrors
package import Time

// Translates between the findings of checks and the health that redirectors and other checks read.
extension CheckPolicy {
    /// The doubt as redirectors read it.
    ///
    /// It includes a filter with every name by which a client may ask for an affected file.
    package func health(_ doubt: AccessPointDoubt) -> Health.Doubt {
        let evidence = doubt.evidence.map {
            Health.Evidence(fileID: $0.rawValue, outage: Self.outage(of: doubt.reason))
        }
        switch doubt.scope {
        case .whole:
            return Health.Doubt(
                reason: doubt.reason,
                since: doubt.since,
                scope: .whole,
                evidence: evidence
            )
        case .files(let files):
            return Health.Doubt(
                reason: doubt.reason,
                since: doubt.since,
                scope: .paths(PathFilter(hashes: nameHashes(of: files))),
                evidence: evidence
            )
        }
    }

    /// The hashes of all names of `files`: their paths (a directory's with a trailing slash), the
    /// paths of links that lead there, and the folders whose index they are.
    package func nameHashes(of files: [FileID]) -> [UInt64] {
        let known = files.filter { Int($0.rawValue) < catalog.count }
        let names = targets.closure(of: known)
        var hashes: [UInt64] = []
        hashes.reserveCapacity(names.count)
        for id in names {
            let path = catalog.pathBytes(of: id)
            if catalog.leadsToDirectory(id) {
                hashes.append(PathFilter.hash(of: path + [UInt8(ascii: "/")]))
                continue
            }
            hashes.append(PathFilter.hash(of: path))
            let (folder, name) = Neighbourhoods.split(path)
            let isIndex = classes.indexNames.contains { name.elementsEqual($0.utf8) }
            if !folder.isEmpty, isIndex {
                hashes.append(PathFilter.hash(of: folder + [UInt8(ascii: "/")]))
            }
        }
        return hashes
    }

    private static func outage(of reason: DoubtReason) -> Outage {
        switch reason {
        case .lost, .contradictory, .returned: .status(404)
        case .refused: .status(403)
        case .altered: .wrongLength
        case .notItself: .notItself
        case .other: .other
        }
    }
}

extension Health {
    /// What a check of an access point should know from others, and since when: findings of probes
    /// that no check has taken over yet, and files that its twin has lost.
    package func outsideFindings(
        about id: AccessPoint.ID,
        twin: AccessPoint.ID?
    ) -> (findings: [Visit.OutsideFinding], since: Timestamp)? {
        if let doubt = doubts[id], doubt.awaitsCheck {
            var findings: [Visit.OutsideFinding] = doubt.reason == .returned ? [.returned] : []
            findings += doubt.evidence.compactMap { evidence in
                evidence.reply.map {
                    .answer(FileID(evidence.fileID), FileAnswer($0))
                }
            }
            return (findings, doubt.since)
        }
        guard let twin, let doubt = doubts[twin], !doubt.awaitsCheck, doubt.reason != .notItself,
            !doubt.evidence.isEmpty
        else { return nil }
        return (doubt.evidence.map { .twinLost(FileID($0.fileID)) }, doubt.since)
    }
}

extension Health.Evidence {
    /// The corresponding answer; nil if it does not concern a file.
    fileprivate var reply: Reply? {
        switch outage {
        case .status(let status): .answered(status: Int(status), byteCount: nil)
        // Any wrong length will do: no file is this long.
        case .wrongLength: .answered(status: 200, byteCount: .max)
        default: nil
        }
    }
}
