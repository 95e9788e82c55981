package document

import "strings"

// Closest returns the word that a person who wrote s most probably meant, or "" if none is near: equal but for case, or
// within an edit distance of a third of its length. Of several the first wins.
func Closest(s string, words []string) string {
	best, bestDistance := "", len(s)/3+1
	if len(s) < 3 {
		bestDistance = 1
	}
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return w
		}
		if d := distance(s, w, bestDistance); d < bestDistance || (d == bestDistance && best == "" && d <= len(s)/3) {
			best, bestDistance = w, d
		}
	}
	return best
}

// distance is the number of edits from a to b, where a transposition counts one (optimal string alignment), or any number
// over limit where it exceeds that.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
