/// An access point of a run: its place in the list that all parts of the run were made with.
package struct AccessPointNumber: Number {
    package let place: Int

    package init(place: Int) {
        self.place = place
    }
}
