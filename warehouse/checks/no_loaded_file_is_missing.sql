-- says: every landing file that was loaded is still there, so that a rebuild would lose nothing
-- severity: warn
select path, missing_since from core.landing_files where missing_since is not null;
