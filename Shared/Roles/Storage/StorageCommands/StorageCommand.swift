import FunctionRuntime
package import ObjectStorage

/// What the command line of `storage` requests.
package enum StorageCommand: Equatable, Sendable {
    case list(prefix: String)
    case show(BlobKey)
    case put(BlobKey, file: String)
    case remove([BlobKey])
    case verify
    case copy(from: String, to: String)
    case clean(CatalogRetention, isDryRun: Bool)
    case fetch([FetchOrder])
}

extension StorageCommand {
    /// The commands, with the arguments that each takes.
    private static let usages = [
        "ls": "[PREFIX]", "cat": "KEY", "put": "KEY FILE", "rm": "KEY...", "verify": "",
        "copy": "FROM TO", "clean": "[--keep N] [--days N] [--dry-run]",
        "fetch": "KEY --to FILE [--if-changed-from TAG] ...",
    ]

    /// Throws `FunctionError.badRequest` if the arguments make no command.
    package init(_ arguments: [String]) throws {
        var words = ArraySlice(arguments)
        guard let verb = words.popFirst() else {
            throw FunctionError.badRequest("expected a command: see storage --help")
        }
        do {
            switch verb {
            case "ls" where words.count <= 1: self = .list(prefix: words.first ?? "")
            case "cat" where words.count == 1: self = .show(try BlobKey(words[1]))
            case "put" where words.count == 2: self = .put(try BlobKey(words[1]), file: words[2])
            case "rm" where !words.isEmpty: self = .remove(try words.map { try BlobKey($0) })
            case "verify" where words.isEmpty: self = .verify
            case "copy" where words.count == 2: self = .copy(from: words[1], to: words[2])
            case "clean": self = try Self.clean(words)
            case "fetch": self = .fetch(try Self.orders(words))
            default: throw Self.misuse(of: verb, words)
            }
        } catch let error as StorageError {
            throw FunctionError.badRequest("\(error)")
        }
    }

    /// The error for a command that does not exist, or whose arguments are too few or too many.
    private static func misuse(of verb: String, _ words: ArraySlice<String>) -> FunctionError {
        guard let usage = usages[verb] else {
            return .badRequest("\"\(verb)\" is not a command: see storage --help")
        }
        let found = words.isEmpty ? "nothing" : "\"\(words.joined(separator: " "))\""
        let expected = usage.isEmpty ? "no arguments" : usage
        return .badRequest("\(verb): expected \(expected), found \(found)")
    }

    private static func orders(_ arguments: ArraySlice<String>) throws -> [FetchOrder] {
        var words = arguments
        var orders: [FetchOrder] = []
        while let key = words.popFirst() {
            guard words.popFirst() == "--to", let file = words.popFirst() else {
                throw FunctionError.badRequest("fetch: expected --to FILE after \"\(key)\"")
            }
            var tag: EntityTag?
            if words.first == "--if-changed-from" {
                words.removeFirst()
                guard let text = words.popFirst() else {
                    throw FunctionError.badRequest("--if-changed-from: expected a tag")
                }
                tag = EntityTag(text)
            }
            orders.append(FetchOrder(key: try BlobKey(key), file: file, tag: tag))
        }
        guard !orders.isEmpty else { throw misuse(of: "fetch", arguments) }
        return orders
    }

    private static func clean(_ options: ArraySlice<String>) throws -> StorageCommand {
        var words = options
        var retention = CatalogRetention()
        var isDryRun = false
        while let word = words.popFirst() {
            switch word {
            case "--dry-run":
                isDryRun = true
            case "--keep":
                guard let count = words.popFirst().flatMap(Int.init), count >= 1 else {
                    throw FunctionError.badRequest("--keep: expected a number of at least 1")
                }
                retention.newestCount = count
            case "--days":
                guard let days = words.popFirst().flatMap(Int64.init), (0...36_500).contains(days)
                else { throw FunctionError.badRequest("--days: expected a number of days") }
                retention.seconds = days * 86_400
            default:
                throw FunctionError.badRequest("clean: unknown option \"\(word)\"")
            }
        }
        return .clean(retention, isDryRun: isDryRun)
    }
}
