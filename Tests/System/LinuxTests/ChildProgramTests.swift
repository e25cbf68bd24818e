import Foundation
import Glibc
import Linux
import TestSupport
import Testing

@testable import Linux

@Suite struct ChildProgramTests {
    private func run(
        _ script: String,
        environment: [String: String] = [:],
        limit: Duration = .seconds(60)
    ) throws -> (output: [UInt8], errors: [UInt8], ending: ChildProgram.Ending) {
        let program = try ChildProgram(
            ["sh", "-c", script],
            environment: environment,
            limit: limit
        )
        var output: [UInt8] = []
        var errors: [UInt8] = []
        while true {
            let ending = program.step(atMost: .seconds(1)) { stream, bytes in
                switch stream {
                case .output: output.append(contentsOf: bytes)
                case .errors: errors.append(contentsOf: bytes)
                }
            }
            if let ending { return (output, errors, ending) }
        }
    }

    @Test func bothStreamsAreReadWhileItRuns() throws {
        // Far more than either channel holds, alternately: reading only one would never end.
        let script = """
            i=0; while [ $i -lt 100 ]; do
            head -c 20000 /dev/zero; head -c 20000 /dev/zero >&2; i=$((i + 1)); done; exit 3
            """
        let (output, errors, ending) = try run(script)
        #expect(output.count == 2_000_000)
        #expect(errors.count == 2_000_000)
        #expect(ending == .exited(3))
    }

    @Test func itSeesNothingButItsEnvironment() throws {
        let (output, _, ending) = try run(
            "env | sort | grep -v -e ^_ -e ^PWD",
            environment: ["A": "1"]
        )
        #expect(String(decoding: output, as: UTF8.self) == "A=1\n")
        #expect(ending == .exited(0))
    }

    @Test func itHasNoTerminalAndNoInput() throws {
        let (output, _, _) = try run("cat; cat < /dev/tty || echo none")
        #expect(String(decoding: output, as: UTF8.self) == "none\n")
    }

    @Test func whenItsTimeIsOverItsChildrenEndWithIt() throws {
        let folder = try TemporaryFolder()
        let script = "(trap '' TERM; echo $$ > \(folder.path)/child; sleep 600) & sleep 600"
        let (_, _, ending) = try run(script, limit: .seconds(1))
        #expect(ending == .timedOut)
        let group = try String(contentsOfFile: folder.appending("child"), encoding: .utf8)
        let number = try #require(pid_t(group.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Orphans are reaped by another process, in its own time.
        #expect(eventually(within: 30) { kill(-number, 0) == -1 && errno == ESRCH })
    }

    @Test func aChildThatHoldsTheStreamsDoesNotHoldTheListing() throws {
        let started = ContinuousClock.now
        let (output, _, ending) = try run("sleep 600 & echo last words")
        #expect(String(decoding: output, as: UTF8.self) == "last words\n")
        #expect(ending == .exited(0))
        #expect(.now - started < .seconds(300))
    }

    @Test func reportsASignal() throws {
        #expect(try run("kill -9 $$").ending == .signalled(9))
    }

    @Test func anAbandonedProgramEnds() throws {
        var program: ChildProgram? = try ChildProgram(
            ["sh", "-c", "echo $$; sleep 600"],
            environment: [:],
            limit: .seconds(600)
        )
        var text: [UInt8] = []
        while !text.contains(0x0A) {
            _ = program?.step(atMost: .seconds(1)) { _, bytes in text.append(contentsOf: bytes) }
        }
        program = nil
        let number = try #require(pid_t(String(decoding: text.dropLast(), as: UTF8.self)))
        #expect(eventually(within: 30) { kill(-number, 0) == -1 && errno == ESRCH })
    }

    /// This holds whatever ends the thread that started it, including a kill of the process.
    @Test func itEndsWithTheThreadThatStartedIt() throws {
        let folder = try TemporaryFolder()
        let file = folder.appending("number")
        let isStarted = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let program = try? ChildProgram(
                ["sh", "-c", "echo $$ > \(file).new; mv \(file).new \(file); exec sleep 600"],
                environment: ["PATH": "/usr/bin:/bin"],
                limit: .seconds(600)
            )
            _ = eventually(within: 60, every: 0.01) { unsafe access(file, F_OK) == 0 }
            // It is retained, and nothing stops it.
            if let program { _ = unsafe Unmanaged.passRetained(program) }
            isStarted.signal()
        }
        isStarted.wait()
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let number = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
        var status: Int32 = 0
        #expect(eventually(within: 60) { unsafe waitpid(number, &status, WNOHANG) == number })
        #expect(status & 0x7F == SIGKILL)
    }

    @Test func itsMemoryIsLimited() throws {
        func ending(_ memoryLimit: Int) throws -> ChildProgram.Ending {
            let program = try ChildProgram(
                ["python3", "-c", "b'x' * (200 << 20)"],
                environment: ["PATH": "/usr/bin:/bin"],
                limit: .seconds(60),
                memoryLimit: memoryLimit
            )
            while true {
                if let ending = program.step(atMost: .seconds(1), { _, _ in }) { return ending }
            }
        }
        #expect(try ending(0) == .exited(0))
        #expect(try ending(100 << 20) == .exited(1))
    }

    @Test func aProgramThatCannotBeStartedIsAnError() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("#!/no/such/shell", to: "script")
        try #require(unsafe chmod(script, 0o755) == 0)
        for program in ["no-such-program", script, folder.path] {
            let error = #expect(throws: Linux.SystemError.self) {
                try ChildProgram([program], environment: [:], limit: .seconds(1))
            }
            #expect(error == Linux.SystemError("start \(program)", code: ENOENT))
        }
    }
}
