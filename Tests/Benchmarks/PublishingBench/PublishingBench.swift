import Catalogs
import Glibc
import ObjectStorage
import Publishing
import Time

/// The cost of publishing by the number of entries; each row is a separate process, because of its
/// peak memory.
///
///     publishing-bench publish ENTRIES FOLDER    first publication, unchanged, 1,000 more, load
///     publishing-bench make ENTRIES FOLDER       makes a tree for the next
///     publishing-bench walk ENTRIES FOLDER       a walk beside `find -printf`, in turns
///     publishing-bench hash MEBIBYTES FOLDER     digests of a file beside coreutils, in turns
///
/// Times are CPU times, so other work on the machine matters little; only those of a cold walk,
/// which mostly waits, are elapsed times.
@main
enum PublishingBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[2]), count > 0 else {
            print("usage: publishing-bench publish|make|walk|hash COUNT FOLDER")
            exit(2)
        }
        let folder = arguments[3]
        switch arguments[1] {
        case "publish": try publish(count, in: folder)
        case "make": DistfilesTree(entryCount: count).write(to: folder)
        case "walk": try walk(count, in: folder)
        case "hash": try HashingBench(mebibytes: count, folder: folder).run()
        default: exit(2)
        }
    }

    /// The published files are read from a listing, whose names are in no order.
    private static func publish(_ count: Int, in folder: String) throws {
        let catalogs = CatalogStore(FileStore(folder: folder))
        let path = "\(folder)/listing"
        func run(_ count: Int) throws -> (list: Double, publish: Double) {
            DistfilesTree(entryCount: count).writeListing(to: path)
            var listing: TreeListing?
            let list = try Cost.processor { listing = try TreeListingFile(path: path).listing() }
            let publish = try Cost.processor {
                _ = try TreePublication(
                    of: listing.take() ?? TreeListing(),
                    in: catalogs,
                    at: Timestamp(secondsSinceEpoch: 1_780_000_000)
                )
            }
            return (list, publish)
        }
        let first = try run(count)
        let unchanged = try run(count)
        let more = try run(count + 1000)
        let load = try Cost.processor { _ = try catalogs.newest() }
        let columns = [first.list, first.publish, unchanged.publish, more.publish, load]
        print(
            "| \(count) | \(columns.map(Cost.text).joined(separator: " | ")) "
                + "| \(Cost.peakMebibytes) MiB |"
        )
    }

    /// The best of five each, alternately, so that both run under the same conditions.
    private static func walk(_ count: Int, in folder: String) throws {
        let find = "find '\(folder)' -printf '%P\\t%y\\t%s\\t%T@\\t%l\\n' > /dev/null"
        func best(isCold: Bool) throws -> (walk: Double, find: Double) {
            var (walk, found) = (Double.infinity, Double.infinity)
            for _ in 0..<5 {
                if isCold { dropCaches() }
                walk = min(walk, try Cost.clock { _ = try TreeWalk.listing(of: folder) })
                if isCold { dropCaches() }
                found = min(found, Cost.clock { unsafe _ = system(find) })
            }
            return (walk, found)
        }
        let warm = try best(isCold: false)
        let cold = try best(isCold: true)
        let columns = [warm.walk, warm.find, cold.walk, cold.find].map(Cost.text)
        let ratios = [warm, cold].map { Cost.rounded($0.walk / $0.find) }
        print(
            "| \(count) | \(columns[0]) | \(columns[1]) | \(ratios[0]) | \(columns[2]) | "
                + "\(columns[3]) "
                + "| \(ratios[1]) | \(Cost.peakMebibytes) MiB |"
        )
    }

    /// Only root can do this; for other users the cold figures are warm ones.
    private static func dropCaches() {
        sync()
        unsafe _ = system("echo 3 2>/dev/null > /proc/sys/vm/drop_caches")
    }
}
