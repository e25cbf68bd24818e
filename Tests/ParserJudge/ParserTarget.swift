import Bytes

/// A reader of bytes from outside with its rules, which the fuzzer and a test try to break.
///
/// These rules apply to all of them: no input traps, or is taken for more than it has room for.
/// Input in pieces has the same meaning as in one piece. What was read, written and read again is
/// the same.
package enum ParserTarget: String, CaseIterable, Sendable {
    case ftpReplies = "ftp-replies"
    case ftpListings = "ftp-listings"
    case rsyncLines = "rsync-lines"
    case httpListings = "http-listings"
    case responseHeads = "response-heads"
    case json
    case maxMind = "maxmind"
    case regionMap = "region-map"
    case fileDetails = "file-details"
    case health
    case catalog
    case checkState = "check-state"
    case agenda
    case history
    case rememberedFacts = "remembered-facts"
    case runRecords = "run-records"
    case events
    case places
    case measurements
    case suspects

    /// What is wrong with the way `input` was read, or nil.
    package func fault(_ input: Span<UInt8>) -> String? {
        let input = input.array
        return switch self {
        case .ftpReplies: TransportRules.ftpReplies(input)
        case .ftpListings: TransportRules.ftpListings(input)
        case .rsyncLines: TransportRules.rsyncLines(input)
        case .httpListings: TransportRules.httpListings(input)
        case .responseHeads: TransportRules.responseHeads(input)
        case .json: ValueRules.json(input)
        case .maxMind: ValueRules.maxMind(input)
        case .regionMap: MappedBlobRules.regionMap(input)
        case .fileDetails: MappedBlobRules.fileDetails(input)
        case .health: MappedBlobRules.health(input)
        case .catalog: SealedBlobRules.catalog(input)
        case .checkState: SealedBlobRules.checkState(input)
        case .agenda: SealedBlobRules.agenda(input)
        case .history: SealedBlobRules.history(input)
        case .rememberedFacts: SealedBlobRules.rememberedFacts(input)
        case .runRecords: RecordRules.runRecords(input)
        case .events: RecordRules.events(input)
        case .places: RecordRules.places(input)
        case .measurements: RecordRules.measurements(input)
        case .suspects: RecordRules.suspects(input)
        }
    }
}
