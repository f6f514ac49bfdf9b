package slab

// Writer puts units into blocks, one at a time. The zero Writer is ready.
type Writer struct {
	block *Block
	used  int // of the block, by whole units
	unit  []byte
}

// Begin begins a unit of about n bytes; what was begun before is given up.
func (w *Writer) Begin(n int) {
	if w.block == nil || len(w.block.bytes)-w.used < n {
		w.move(n)
	}
	w.unit = w.block.bytes[w.used:w.used]
}

// Append adds to the unit.
func (w *Writer) Append(b ...byte) {
	if cap(w.unit)-len(w.unit) < len(b) {
		begun := w.unit
		w.move(2 * (len(begun) + len(b)))
		w.unit = w.block.bytes[:copy(w.block.bytes, begun)]
	}
	w.unit = append(w.unit, b...)
}

// Unit is what the unit holds so far; it may be changed.
func (w *Writer) Unit() []byte { return w.unit }

// Cut takes the unit back to its first n bytes.
func (w *Writer) Cut(n int) { w.unit = w.unit[:n] }

// End completes the unit and tells whose it is: the block is to be released once
// the unit is needed no more.
func (w *Writer) End() (unit []byte, block *Block) {
	unit = w.unit[:len(w.unit):len(w.unit)]
	w.used += len(unit)
	w.unit = nil
	w.block.holders.Add(1)
	return unit, w.block
}

// move goes on in another block with room for n bytes.
func (w *Writer) move(n int) {
	w.block.Release()
	w.block, w.used = get(n), 0
}
