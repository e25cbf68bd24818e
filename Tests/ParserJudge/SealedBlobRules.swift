import BlobFormat
import Catalogs
import CheckStates

/// The readers of blobs whose content is sealed.
///
/// The first byte of an input says whether the rest is a blob as it stands, or content of one of
/// the versions, which is sealed first.
enum SealedBlobRules {
    private static let contentLimit = 1 << 20

    private static func blob(_ input: [UInt8], _ magic: StaticString, versions: UInt16) -> [UInt8] {
        let kind = UInt16(input.first ?? 0) % (versions + 1)
        let rest = Array(input.dropFirst())
        guard kind > 0 else { return rest }
        return BlobType(magic: magic, version: kind, contentLimit: contentLimit)
            .sealed(rest, compression: .none)
    }

    static func catalog(_ input: [UInt8]) -> String? {
        guard let catalog = try? Catalog(decoding: blob(input, "RCAT", versions: 1)) else {
            return nil
        }
        // Each file takes six bytes of the content at least.
        guard catalog.count <= input.count / 6 else { return "more files than there is room for" }
        let again = catalog.encoded()
        guard let second = try? Catalog(decoding: again) else {
            return "what it writes is no catalog"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }

    static func checkState(_ input: [UInt8]) -> String? {
        guard let state = try? CheckState(decoding: blob(input, "RCHK", versions: 2)) else {
            return nil
        }
        let again = state.encoded()
        guard let second = try? CheckState(decoding: again) else {
            return "what it writes is no state"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }

    static func agenda(_ input: [UInt8]) -> String? {
        guard let agenda = try? Agenda(decoding: blob(input, "RAGD", versions: 1)) else {
            return nil
        }
        let again = agenda.encoded()
        guard let second = try? Agenda(decoding: again) else {
            return "what it writes is no agenda"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }
}
