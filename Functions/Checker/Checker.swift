import Checking
import ConfiguredStorage
import FunctionRuntime
import Glibc
import Heartbeats
import Linux
import RunRecords

/// `checker`: compares mirrors with the catalog.
@main
struct Checker {
    static func main() {
        StopSignals.raiseFlag()
        let clock = SystemCheckClock()
        let function = Function(name: "checker", help: help, openKeys: CheckRequest.openKeys)
        let status = function.run { fields, environment in
            let request = try CheckRequest(&fields, environment)
            let store = try openStore(environment)
            return (
                request: request,
                store: store,
                heartbeat: try Heartbeat(
                    request.mode == .probe ? .probe : .checker,
                    in: request.from,
                    store,
                    environment
                )
            )
        } work: { call in
            try call.heartbeat.around(isScheduled: call.request.isScheduled) { notes in
                let session = CheckSession(
                    request: call.request,
                    store: call.store,
                    clock: clock,
                    launcher: ThreadLauncher(limit: 8),
                    screen: Progress.terminal,
                    notes: notes,
                    shouldStop: { StopSignals.isFlagRaised }
                )
                return try session.run { accessPoints throws(CheckingError) in
                    try ProtocolTransport(
                        accessPoints: accessPoints,
                        settings: call.request.settings,
                        version: Function.version
                    )
                }
            }
        }
        // Not `exit`: a thread may still wait for a store that is too slow, with what that would
        // clean up.
        _exit(status)
    }

    private static let help = """
        checker: asks mirrors for the files that the catalog expects, and stores what it saw.

        One JSON request on standard input, one JSON result line on standard output:

            echo '{"mode":"check","region":"europe","budgetSeconds":60}' | checker

          mode           "check" (default): health, then files: new ones on all mirrors first, then
                         suspicions and bad ones, then old proofs, removed files last;
                         "probe": health only
          accessPoints   ids of access points; only these
          mirrors        ids of mirrors; only these
          region         only mirrors of this region of the mirror list
          from           the region that this Checker stands in: the times to first byte that its probes
                         measure rank the mirrors for that region
          endBy          when to be over, whatever the budget, in seconds since 1970
          budgetSeconds  how long the run may take; the next one goes on where it stopped

        Several may run at once: each access point is asked by one of them, under the lease
        leases/check-<id>, and the others say so.

        On a terminal, standard error shows the access points at work; elsewhere it gets one line of JSON
        for each of them at the end: what was asked, what is known, what is left, the pace.

        http and https access points are asked by HEAD, ftp by MLSD, LIST and SIZE, rsync by one listing
        of the program rsync, which must be in PATH. What an incomplete listing lacks is not absent.

        SIGTERM ends a run early and cleanly. Exit status: 0 done, 1 failed, 2 bad request.
        """
}
