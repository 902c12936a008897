"""One short file a dataset: how its rows become drafts. The contract is in `cgr_nb.items.adapter`.

Three of the nine datasets of the study are not public as files. `physicsqa` and `time_mqa` follow
what is known of their schemas, `correctbench` the public sets it is put together from; the sets
that stand in for them in tests (`jeebench`, `mmlu`, `timeseriesexam`) keep their own names, so that
nobody takes one for the other.
"""
