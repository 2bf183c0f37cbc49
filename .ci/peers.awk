# Part of what statlog counts, as a good awk program would: statuses, error rates, percentiles of
# $request_time, requests a minute, top paths without their query.
# Needs -v scratch=FILE. Reads nginx combined + `$request_time $upstream_response_time`.
BEGIN { FS = "\"" }
{
    if (NF < 7 || split($3, after, " ") != 2 || after[1] !~ /^[0-9][0-9][0-9]$/) { rejected++; next }
    at = index($1, "[")
    time = substr($1, at + 1, 17)
    if (time !~ /^[0-9][0-9]\/[A-Z][a-z][a-z]\//) { rejected++; next }
    parsed++
    status[after[1]]++
    minute[time]++
    if (split($2, request, " ") == 3) {
        path = request[2]
        query = index(path, "?")
        if (query) path = substr(path, 1, query - 1)
        paths[path]++
    }
    # The text is the key: request times repeat, so this is a table of values and counts.
    split($7, times, " ")
    seconds[times[1]]++
}
END {
    print "parsed " parsed + 0, "rejected " rejected + 0
    for (code in status) {
        print "status " code, status[code]
        class[substr(code, 1, 1)] += status[code]
    }
    printf "4xx %.4f %%\n5xx %.4f %%\n", 100 * class[4] / parsed, 100 * class[5] / parsed
    for (text in seconds) values[++n] = text + 0 SUBSEP seconds[text]
    # awk has no sort; mawk pipes to one.
    sort = "sort -n -k1,1 > " scratch
    for (i = 1; i <= n; i++) { split(values[i], pair, SUBSEP); print pair[1], pair[2] | sort }
    close(sort)
    rank[50] = 0.50 * parsed; rank[95] = 0.95 * parsed; rank[99] = 0.99 * parsed
    while ((getline pairs < scratch) > 0) {
        split(pairs, pair, " ")
        before = seen
        seen += pair[2]
        for (p in rank) if (before < rank[p] && rank[p] <= seen) print "p" p, pair[1]
    }
    for (text in minute) print "minute " text, minute[text] | "sort"
    close("sort")
    for (path in paths) print paths[path], path | "sort -rn | head -10"
    close("sort -rn | head -10")
}
