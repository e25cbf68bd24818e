import Glibc
import Testing

@testable import Linux

@Suite struct PassedSocketsTests {
    @Test(
        arguments: [
            (["LISTEN_FDS": "2", "LISTEN_PID": "7"], [3, 4]),
            (["LISTEN_FDS": "1", "LISTEN_PREDECESSOR": "6"], [3]),
            // They are meant for another process, and the variables were inherited.
            (["LISTEN_FDS": "1", "LISTEN_PID": "8"], []),
            (["LISTEN_FDS": "1", "LISTEN_PREDECESSOR": "7"], []), (["LISTEN_FDS": "1"], []),
            (["LISTEN_PID": "7"], []), (["LISTEN_FDS": "0", "LISTEN_PID": "7"], []),
            (["LISTEN_FDS": "-1", "LISTEN_PID": "7"], []),
            (["LISTEN_FDS": "2147483647", "LISTEN_PID": "7"], []),
            (["LISTEN_FDS": "x", "LISTEN_PID": "7"], []),
        ] as [([String: String], [Int32])]
    )
    func areThoseOfThisProcess(variables: [String: String], expected: [Int32]) {
        let environment = PassedSockets.ProcessEnvironment(
            variables: variables,
            process: 7,
            parent: 6
        )
        #expect(PassedSockets.numbers(environment) == expected)
    }

    /// The shell prints what it was given, and that it serves.
    @Test func goToTheSuccessor() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        try #require(descriptor >= 0 && listen(descriptor, 1) == 0)
        let script = """
            [ "$LISTEN_FDS" = 1 ] && [ "$LISTEN_PREDECESSOR" = "$PPID" ] &&
            readlink /proc/$$/fd/3 | grep -q ^socket: && printf 1 >&"$LISTEN_READY_FD"
            """
        let process = try Successor.start("/bin/sh", ["-c", script], with: [descriptor])
        var status: Int32 = -1
        #expect(unsafe waitpid(process, &status, 0) == process)
        #expect(status == 0)
    }

    @Test(arguments: ["exit 3", "exec 4>&-; sleep 60"])
    func staysWhereTheSuccessorDoesNotServe(script: String) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        #expect(throws: SystemError.self) {
            try Successor.start("/bin/sh", ["-c", script], with: [descriptor])
        }
        #expect(throws: SystemError.self) {
            try Successor.start("/no/such/program", [], with: [descriptor])
        }
    }
}
