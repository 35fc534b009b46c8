-- Statistics of a star vector (n1..n5 = how many reviews gave 1..5 stars, counts of any integer type;
-- the literals are doubles so that small integer types cannot overflow).
-- Made anew with every build of the marts, in the working file and in every published one.

-- Mean of the stars; null when there are none.
create or replace macro rating_mean(n1, n2, n3, n4, n5) as
    (n1 + 2e0 * n2 + 3e0 * n3 + 4e0 * n4 + 5e0 * n5) / nullif(n1 + 0e0 + n2 + n3 + n4 + n5, 0);

-- Posterior of the mean under a multinomial with Jeffreys prior, Dirichlet(1/2, ..., 1/2):
-- a_k = n_k + 1/2, A = sum a_k, E = sum k a_k / A, Var = (sum k^2 a_k / A - E^2) / (A + 1).
-- (Gelman et al., Bayesian Data Analysis, section 3.4, moments of the Dirichlet.)
create or replace macro rating_posterior_mean(n1, n2, n3, n4, n5) as
    (n1 + 2e0 * n2 + 3e0 * n3 + 4e0 * n4 + 5e0 * n5 + 7.5e0) / (n1 + 2.5e0 + n2 + n3 + n4 + n5);

create or replace macro rating_posterior_sd(n1, n2, n3, n4, n5) as
    sqrt(
        ((n1 + 4e0 * n2 + 9e0 * n3 + 16e0 * n4 + 25e0 * n5 + 27.5e0) / (n1 + 2.5e0 + n2 + n3 + n4 + n5)
            - rating_posterior_mean(n1, n2, n3, n4, n5) ** 2)
        / (n1 + 3.5e0 + n2 + n3 + n4 + n5)
    );

-- 95 % interval of the mean, by the normal approximation of the posterior, within 1..5. The prior draws
-- the posterior of two or three reviews to the middle; the interval is then widened to their plain mean,
-- so that what is shown always lies inside it.
create or replace macro rating_low(n1, n2, n3, n4, n5) as
    greatest(1, least(
        rating_mean(n1, n2, n3, n4, n5),
        rating_posterior_mean(n1, n2, n3, n4, n5) - 1.959964 * rating_posterior_sd(n1, n2, n3, n4, n5)
    ));

create or replace macro rating_high(n1, n2, n3, n4, n5) as
    least(5, greatest(
        rating_mean(n1, n2, n3, n4, n5),
        rating_posterior_mean(n1, n2, n3, n4, n5) + 1.959964 * rating_posterior_sd(n1, n2, n3, n4, n5)
    ));
