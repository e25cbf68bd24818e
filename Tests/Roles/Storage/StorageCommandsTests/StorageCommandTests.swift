import FunctionRuntime
import ObjectStorage
import StorageCommands
import Testing

/// What `storage` makes of its arguments.
@Suite struct StorageCommandTests {
    private func command(_ line: String) throws -> StorageCommand {
        try StorageCommand(line.split(separator: " ").map(String.init))
    }

    private func key(_ text: String) throws -> BlobKey { try BlobKey(text) }

    @Test func eachVerbTakesItsArguments() throws {
        #expect(try command("ls") == .list(prefix: ""))
        #expect(try command("ls maps/") == .list(prefix: "maps/"))
        #expect(try command("cat health") == .show(key("health")))
        #expect(try command("put mirrors.json list") == .put(key("mirrors.json"), file: "list"))
        #expect(try command("rm a b/c") == .remove([key("a"), key("b/c")]))
        #expect(try command("verify") == .verify)
        #expect(
            try command("copy file:///srv/a s3://b/c")
                == .copy(from: "file:///srv/a", to: "s3://b/c")
        )
    }

    @Test func cleaningHasTheDefaultsOfTheHelp() throws {
        #expect(
            try command("clean")
                == .clean(.init(newestCount: 10, seconds: 7 * 86_400), isDryRun: false)
        )
    }

    @Test func cleaningTakesItsOptionsInAnyOrder() throws {
        let retention = CatalogRetention(newestCount: 3, seconds: 0)
        let expected = StorageCommand.clean(retention, isDryRun: true)
        #expect(try command("clean --keep 3 --days 0 --dry-run") == expected)
        #expect(try command("clean --dry-run --days 0 --keep 3") == expected)
        #expect(
            try command("clean --days 36500")
                == .clean(.init(seconds: 36_500 * 86_400), isDryRun: false)
        )
    }

    @Test func aFetchTakesSeveralBlobs() throws {
        let health = FetchOrder(key: try key("health"), file: "/tmp/h", tag: nil)
        let map = FetchOrder(key: try key("maps/a.map"), file: "m", tag: EntityTag("\"1\""))
        #expect(try command("fetch health --to /tmp/h") == .fetch([health]))
        #expect(
            try command(
                "fetch maps/a.map --to m --if-changed-from \"1\" health --to /tmp/h"
            ) == .fetch([map, health])
        )
    }

    /// The error says what is missing, and nothing was done.
    @Test(
        arguments: [
            ("", "expected a command"),
            ("list", "\"list\" is not a command"),
            ("ls a b", "ls: expected [PREFIX], found \"a b\""),
            ("cat", "cat: expected KEY, found nothing"),
            ("cat a b", "cat: expected KEY, found \"a b\""),
            ("put a", "put: expected KEY FILE, found \"a\""),
            ("rm", "rm: expected KEY..., found nothing"),
            ("verify all", "verify: expected no arguments, found \"all\""),
            ("copy file:///a", "copy: expected FROM TO, found \"file:///a\""),
            ("clean --keep 0", "--keep: expected a number of at least 1"),
            ("clean --keep", "--keep: expected a number of at least 1"),
            ("clean --days -1", "--days: expected a number of days"),
            ("clean --days 36501", "--days: expected a number of days"),
            ("clean now", "clean: unknown option \"now\""),
            ("fetch", "fetch: expected KEY --to FILE"),
            ("fetch a b", "fetch: expected --to FILE after \"a\""),
            ("fetch a --to", "fetch: expected --to FILE after \"a\""),
            ("fetch a --to f --if-changed-from", "--if-changed-from: expected a tag"),
        ]
    )
    func otherArgumentsAreABadRequestThatSaysWhatIsExpected(_ line: String, _ text: String) throws {
        let error = try #require(throws: FunctionError.self) { try command(line) }
        #expect(error.exitStatus == 2)
        #expect(error.description.hasPrefix(text), "\(error)")
    }

    @Test(arguments: ["cat ../x", "put /a f", "rm a .b", "fetch a//b --to f"])
    func aKeyThatNoBlobCanHaveIsABadRequest(_ line: String) throws {
        let error = try #require(throws: FunctionError.self) { try command(line) }
        #expect(error.exitStatus == 2)
    }
}
