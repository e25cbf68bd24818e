import CheckPlanning
package import FunctionRuntime
package import JSON
package import Mirrors
import RunRecords

/// A request to the checker: its fields, with defaults from the environment.
package struct CheckRequest: Equatable, Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Health only.
        case probe
        /// Health, then files by urgency.
        case check
    }

    package var mode = Mode.check
    /// The access points to check; nil for all.
    ///
    /// The three selections are combined: each narrows the work.
    package var accessPointIDs: [AccessPoint.ID]?
    /// The mirrors whose access points to check; nil for all.
    package var mirrorIDs: [Mirror.ID]?
    /// The region of the mirrors to check; nil for all.
    package var region: Region.ID?
    /// The region where this checker runs: its latencies rank the mirrors for that region's
    /// clients.
    ///
    /// Nil if it belongs to none.
    package var from: Region.ID?
    /// What this region's checker has to do if several regions run one; nil for everything.
    package var share: RegionShare?
    /// How the work is distributed; nil to do it here.
    package var fanOut: FanOut?
    /// The latest end of the run, whatever its budget, in seconds since 1970.
    package var endBy: Int64?
    /// Which of a round's calls this is; nil for any other request.
    package var slot: Int?
    /// Whether to skip this check if another check of everything is running.
    package var unlessRunning = false
    package var settings = CheckSettings()

    /// The fields that need no key, because they only narrow the work.
    package static let openKeys: Set<String> = [
        "mode", "accessPoints", "mirrors", "region", "from", "endBy", "budgetSeconds",
        "slot", "unlessRunning",
    ]

    package init() {}

    /// Reads the request; throws an error that names the wrong field or variable.
    package init(_ fields: inout JSONFields, _ environment: Environment) throws {
        let modeText = try fields.string("mode")
        let modes = Mode.allCases.map(\.rawValue).joined(separator: " or ")
        let text = modeText ?? environment[.checkMode]
        guard let mode = Mode(rawValue: text) else {
            if modeText != nil { throw fields.unexpected("mode", modes, .string(text)) }
            throw FunctionError.badRequest("CHECK_MODE: expected \(modes), found \"\(text)\"")
        }
        self.mode = mode
        accessPointIDs = try fields.strings("accessPoints")
        mirrorIDs = try fields.strings("mirrors")
        region = try fields.string("region")
        from = try fields.string("from") ?? environment.checkerRegion
        slot = try fields.integer("slot", in: 0...255).map { Int($0) }
        endBy = try fields.integer("endBy", in: 0...Int64.max)
        unlessRunning = try fields.bool("unlessRunning") ?? false
        // A request with a selection is carried out here, unchanged.
        if isWhole {
            share = try RegionShare(environment)
            fanOut = mode == .check ? try FanOut(environment) : nil
        }

        let budget = try environment.seconds(.checkBudget)
        settings.budgetSeconds = try fields.integer("budgetSeconds", in: 2...86_400) ?? budget
        if try Caller(environment) != .local {
            // The watchdog kills anything that takes longer.
            settings.budgetSeconds = min(settings.budgetSeconds, budget)
        }
        try readSettings(environment)
    }

    /// The settings that a request cannot change.
    private mutating func readSettings(_ environment: Environment) throws {
        settings.requestsPerSecond = try environment.number(.checkRate)
        settings.connectionsPerHost = try environment.number(.checkConnections)
        // A probe asks two questions: proving that a host pipelines would cost more than that.
        let mayPipeline = try environment.number(.checkPipeline) != 0
        settings.isPipelining = mayPipeline && mode == .check
        settings.measuresThroughput = try environment.number(.checkThroughput) != 0
        settings.authorityFile = environment[.checkAuthoritiesFile]
        settings.policy.recheckSeconds = try environment.seconds(.recheckAfter)
        settings.policy.cycleSeconds = max(3_600, try environment.seconds(.revalidateAfter))
        settings.policy.contentProofByteCount = UInt64(try environment.number(.contentProof))
        settings.policy.removedSeconds = try environment.seconds(.removedDays)
        settings.policy.shrinkPercent = try environment.number(.checkShrink)
        settings.leaseSeconds = try environment.seconds(.checkLease)
        settings.contact = environment[.checkContact]
        if settings.contact == nil { settings.becomeAnonymous() }
        if let contact = settings.contact, !contact.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        {
            throw FunctionError.badRequest(
                "CHECK_CONTACT: expected printable ASCII, because it is sent in a header"
            )
        }
    }

    /// Whether the request covers everything that this checker is responsible for.
    package var isWhole: Bool { accessPointIDs == nil && mirrorIDs == nil && region == nil }

    /// Whether it comes from the schedule, or from a round that distributes its work.
    package var isScheduled: Bool { isWhole || slot != nil }

    /// The slot whose record a check writes after distributing work to this many calls.
    func slot(behind callCount: Int) -> String {
        let prefix = share.map { "\($0.own)-" } ?? ""
        if let slot { return "\(prefix)\(slot)" }
        return prefix + (isWhole ? "\(callCount)" : CheckRecord.selectedSlot)
    }

    /// The access points of enabled mirrors that the request selects.
    package func scope(in mirrors: [Mirror]) throws(CheckingError) -> [AccessPoint] {
        let enabled = mirrors.filter(\.isEnabled)
        if let region, !mirrors.contains(where: { $0.region == region }) {
            throw .unknownRegion(region, known: Set(mirrors.map(\.region)).sorted())
        }
        let knownMirrors = Set(enabled.map(\.id))
        if let unknown = mirrorIDs?.first(where: { !knownMirrors.contains($0) }) {
            throw .unknownMirror(unknown)
        }
        let known = Set(enabled.flatMap(\.accessPoints).map(\.id))
        if let unknown = accessPointIDs?.first(where: { !known.contains($0) }) {
            throw .unknownAccessPoint(unknown)
        }
        let wantedMirrors = mirrorIDs.map(Set.init)
        let wanted = accessPointIDs.map(Set.init)
        return enabled.filter { region == nil || $0.region == region }
            .filter { wantedMirrors?.contains($0.id) ?? true }
            .flatMap(\.accessPoints)
            .filter { wanted?.contains($0.id) ?? true }
    }
}
