package ledger

import (
	"iter"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// Book is where gaps last.
type Book interface {
	AppendGap(g events.Gap) error
	Gaps() iter.Seq2[events.Gap, error]
}

// InFolder is the book in a camera's folder.
func InFolder(lock *spool.Lock) Book { return folder{lock} }

type folder struct{ *spool.Lock }

func (f folder) Gaps() iter.Seq2[events.Gap, error] { return f.Spool().Gaps(f.Camera()) }

// Nowhere keeps nothing.
func Nowhere() Book { return nowhere{} }

type nowhere struct{}

func (nowhere) AppendGap(events.Gap) error         { return nil }
func (nowhere) Gaps() iter.Seq2[events.Gap, error] { return func(func(events.Gap, error) bool) {} }
