-- The versions of `named_versions`, in the order of their numbers.
select series, version
from named_versions
order by series, number;
