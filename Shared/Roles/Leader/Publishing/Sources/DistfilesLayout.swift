import Hashing

/// Where distfiles are in their folder, according to `layout.conf` (GLEP 75).
///
///     [structure]
///     0=filename-hash BLAKE2B 8
///     1=flat
///
/// The files are where the first structure puts them; the other structures' places have links to
/// them. This covers both directions of the migration: links from flat names into hashed folders,
/// or back.
package struct DistfilesLayout: Equatable, Sendable {
    package enum Structure: Equatable, Sendable {
        case flat
        /// Folders named by the leading bits of the name's hash; each cut is the number of
        /// hexadecimal digits of one folder level.
        case filenameHash(algorithm: HashName, cuts: [Int])
    }

    /// The names of hashes in layout.conf.
    package enum HashName: String, Sendable {
        case blake2b = "BLAKE2B"
        case sha512 = "SHA512"
        case sha256 = "SHA256"
    }

    /// At least one.
    package let structures: [Structure]

    /// The layout of Gentoo's mirrors since 2023.
    package static let hashed = DistfilesLayout(
        structures: [.filenameHash(algorithm: .blake2b, cuts: [2])]
    )

    package init(structures: [Structure]) {
        self.structures = structures.isEmpty ? Self.hashed.structures : structures
    }

    /// Parses the text of a `layout.conf`; throws a description of the error.
    package init(parsing text: String) throws(Problem) {
        var byNumber: [Int: Structure] = [:]
        var section = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            guard let first = line.first, first != "#" else { continue }
            if first == "[" {
                section = String(line)
                continue
            }
            guard section == "[structure]" else { continue }
            let pair = line.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let number = Int(pair[0].trimmed) else {
                throw Problem(reason: "\"\(line)\" is not a structure")
            }
            guard let structure = Structure(pair[1].trimmed) else {
                throw Problem(reason: "the structure \"\(pair[1].trimmed)\" is unknown")
            }
            byNumber[number] = structure
        }
        structures = byNumber.sorted { $0.key < $1.key }.map(\.value)
        guard !structures.isEmpty else {
            throw Problem(reason: "it has no structure in [structure]")
        }
    }

    package struct Problem: Error, Equatable {
        package let reason: String
    }

    /// The path of the file `name` in the folder of distfiles, and each link to it with its target.
    func places(of name: [UInt8]) -> (file: [UInt8], links: [(path: [UInt8], target: [UInt8])]) {
        let file = structures[0].path(of: name)
        var links: [(path: [UInt8], target: [UInt8])] = []
        for structure in structures.dropFirst() {
            let path = structure.path(of: name)
            guard path != file, !links.contains(where: { $0.path == path }) else { continue }
            let depth = path.count { $0 == UInt8(ascii: "/") }
            links.append((path, (0..<depth).flatMap { _ in Array("../".utf8) } + file))
        }
        return (file, links)
    }
}

extension DistfilesLayout.Structure {
    /// Nil for a structure that GLEP 75 does not define, or an unsupported hash.
    fileprivate init?(_ text: Substring) {
        let words = text.split(separator: " ")
        switch words.first {
        case "flat" where words.count == 1:
            self = .flat
        case "filename-hash" where words.count == 3:
            guard let algorithm = DistfilesLayout.HashName(rawValue: String(words[1])) else {
                return nil
            }
            let bits = words[2].split(separator: ":", omittingEmptySubsequences: false)
            let cuts = bits.compactMap { Int($0) }
            guard cuts.count == bits.count, cuts.allSatisfy({ $0 > 0 && $0 <= 64 && $0 % 4 == 0 }),
                cuts.reduce(0, +) <= 256
            else { return nil }
            self = .filenameHash(algorithm: algorithm, cuts: cuts.map { $0 / 4 })
        default: return nil
        }
    }

    fileprivate func path(of name: [UInt8]) -> [UInt8] {
        guard case .filenameHash(let algorithm, let cuts) = self else { return name }
        let digest: [UInt8]
        switch algorithm {
        case .blake2b: digest = BLAKE2b.digest(of: name)
        case .sha512: digest = SHA512.digest(of: name)
        case .sha256: digest = SHA256.digest(of: name)
        }
        var path: [UInt8] = []
        var position = 0
        for cut in cuts {
            for nibble in position..<position + cut {
                let byte = digest[nibble / 2]
                let value = nibble.isMultiple(of: 2) ? byte >> 4 : byte & 15
                path.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
            }
            path.append(UInt8(ascii: "/"))
            position += cut
        }
        return path + name
    }
}

extension StringProtocol {
    fileprivate var trimmed: SubSequence {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map(index(after:)) ?? start
        return self[start..<end]
    }
}
