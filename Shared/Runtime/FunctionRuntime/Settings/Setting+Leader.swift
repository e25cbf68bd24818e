extension Setting {
    package static let tree = Setting(
        "TREE",
        .leader,
        .text(example: "/srv/gentoo"),
        deployment: .leftOut(folderOfThisMachine),
        "the local tree to publish, the absolute path of a folder"
    )
    package static let rsync = Setting(
        "RSYNC",
        .leader,
        .text(example: "rsync://master.example.org/gentoo/"),
        "the `rsync://` URL of the master, instead of a local tree or beside it"
    )
    package static let listing = Setting(
        "LISTING",
        .leader,
        .text(example: "/srv/gentoo.list"),
        deployment: .leftOut(folderOfThisMachine),
        "a file that lists the tree, see [Listings](functions.md#listings)"
    )
    package static let manifests = Setting(
        "MANIFESTS",
        .leader,
        .text(example: "/var/db/repos/gentoo:/var/db/repos/guru"),
        deployment: .leftOut(folderOfThisMachine),
        "folders of ebuild repositories, `:` between them, whose `DIST` lines name distfiles"
    )
    package static let layout = Setting(
        "LAYOUT",
        .leader,
        .text(example: "/srv/layout.conf"),
        standard: .described("the tree's own, else `filename-hash BLAKE2B 8`"),
        deployment: .leftOut(folderOfThisMachine),
        "the file `layout.conf` that says where the distfiles of `MANIFESTS` lie"
    )
    package static let distfiles = Setting(
        "DISTFILES",
        .leader,
        .text(example: "distfiles"),
        standard: .value("distfiles"),
        deployment: .leftOut("it goes with `MANIFESTS`"),
        "the folder of the distfiles of `MANIFESTS` in the tree"
    )
    package static let mirrors = Setting(
        "MIRRORS",
        .leader,
        .text(example: "https://api.gentoo.org/mirrors/distfiles.xml"),
        "the URL of the mirror list, `https://`, `http://` or `file://`: Gentoo's XML, or JSON or "
            + "YAML"
    )
    package static let checkerFunction = Setting(
        "CHECKER_FUNCTION",
        .leader,
        .text(example: "checker.openfaas-fn"),
        standard: .value("checker"),
        "what the checker is called at `GATEWAY_URL`, `NAME` or `NAME.NAMESPACE`"
    )
    package static let walkInterval = Setting(
        "WALK_SECONDS",
        .leader,
        .integer(10...604_800, unit: "s"),
        standard: .value("3600"),
        deployment: .leftOut("nothing watches a tree there"),
        "how often `leader --watch` walks the whole tree all the same"
    )

    private static let folderOfThisMachine = "functions see no folder of the machine"

    package static let exclude = Setting(
        "EXCLUDE",
        .leader,
        .text(example: "*.lock */private/*"),
        "patterns of what is not published besides temporary files, spaces between, as in "
            + "`classes.json`"
    )

    static var ofLeader: [Setting] {
        [
            tree, rsync, listing, manifests, layout, distfiles, exclude, mirrors, checkerFunction,
            walkInterval,
        ]
    }
}
