import Checking
import ConfiguredStorage
import FunctionRuntime
import Glibc
import Linux

/// `checker`: compares mirrors with the catalog.
@main
struct Checker {
    static func main() {
        StopSignals.raiseFlag()
        let clock = SystemCheckClock()
        let function = Function(name: "checker", help: help, openKeys: CheckRequest.openKeys)
        let status = function.run { fields, environment in
            (
                request: try CheckRequest(&fields, environment),
                store: try openStore(environment)
            )
        } work: { call in
            let session = CheckSession(
                request: call.request,
                store: call.store,
                clock: clock,
                launcher: ThreadLauncher(limit: 8),
                screen: Progress.terminal,
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

        Environment:
          STORAGE_URL               file:///var/lib/redirector; or s3://bucket/prefix, see storage --help
          CHECK_MODE, CHECK_BUDGET_SECONDS (240)   defaults of the request's fields
          GATEWAY_URL               of OpenFaaS: a check that selects nothing is handed out to calls
                                    of this function (OPENFAAS_NAME, checker) in its queue
          CHECK_FAN_OUT             how many calls at most; 1 = none (1)
          REGION                    the region that this checker stands in, the default of "from"
          CHECK_REGIONS             all regions that run one, joined by commas: this one then checks only
                                    the mirrors that it is the nearest to
          CHECK_RATE                requests per second and host; 250; 0 = no limit
          CHECK_CONNECTIONS         connections per host; 4
          CHECK_PIPELINE            1: requests go out before the answers to those before have come;
                                    0 = one at a time on each connection
          CHECK_CA_FILE             certificates to trust instead of the system's, PEM
          RECHECK_AFTER_SECONDS     before a suspicion is asked again; 60, doubling up to a day
          REVALIDATE_AFTER_SECONDS  before a proof is renewed; 604800
          CHECK_LEASE_SECONDS       until others take over what a killed run was doing; 120
          CHECK_SHRINK_PERCENT      how much may be gone within a day before it is looked at again; 20
          CHECK_CONTACT             URL or address that mirrors see in the User-Agent

        Several may run at once: each access point is asked by one of them, under the lease
        leases/check-<id>, and the others say so.

        On a terminal, standard error shows the access points at work; elsewhere it gets one line of JSON
        for each of them at the end: what was asked, what is known, what is left, the pace.

        http and https access points are asked by HEAD, ftp by MLSD, LIST and SIZE, rsync by one listing
        of the program rsync, which must be in PATH. What an incomplete listing lacks is not absent.

        SIGTERM ends a run early and cleanly. Exit status: 0 done, 1 failed, 2 bad request.
        """
}
