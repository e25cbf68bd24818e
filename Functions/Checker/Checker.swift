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
        // `_exit`, not `exit`: a thread may still wait for slow storage with objects that `exit`
        // would destroy.
        _exit(status)
    }

    private static let help = """
        checker: compares mirrors with the catalog, and stores what it saw

        Reads one JSON request on standard input and prints one JSON result line.

        Request (all fields are optional):
          mode           check: health, then files, new ones first (check)
                         probe: health only
          accessPoints   only these access points, by id
          mirrors        only these mirrors, by id
          region         only mirrors of this region of the mirror list
          from           region where this checker runs: the times that its probes
                         measure rank the mirrors for that region
          budgetSeconds  time limit; the next run goes on where this one stopped
          endBy          when to stop at the latest, in seconds since 1970

          echo '{"mode":"check","region":"europe","budgetSeconds":60}' | checker

        Several checkers may run at once: each access point is asked by one of them,
        under the lease leases/check-<id>.

        http and https access points are asked by HEAD, ftp by MLSD, LIST and SIZE,
        rsync by one listing of the program rsync, which must be in PATH. A file that
        is missing from an incomplete listing does not count as absent.

        On a terminal, standard error shows the progress. Elsewhere it gets one line of
        JSON for each access point at the end. SIGTERM ends a run early and cleanly.

        Exit status: 0 done, 1 failed, 2 bad request or configuration.
        """
}
