-- Words that checks use in their SQL.
create or replace temp macro yuan(fen) as
    case when fen < 0 then '-' else '' end || (abs(fen) // 100) || '.' || lpad(cast(abs(fen) % 100 as varchar), 2, '0');
create or replace temp macro moment(instant) as strftime(instant, '%Y-%m-%d %H:%M:%S');
-- Full years between two days.
create or replace temp macro full_years(born, seen) as
    year(seen) - year(born) - case when month(seen) * 100 + day(seen) < month(born) * 100 + day(born) then 1 else 0 end;
create or replace temp macro digit(number, place) as try_cast(substr(number, place, 1) as integer);
-- The check character of an identity number of 18 (GB 11643).
create or replace temp macro identity_check(number) as substr('10X98765432', 1 + (
    digit(number, 1) * 7 + digit(number, 2) * 9 + digit(number, 3) * 10 + digit(number, 4) * 5 + digit(number, 5) * 8
    + digit(number, 6) * 4 + digit(number, 7) * 2 + digit(number, 8) * 1 + digit(number, 9) * 6 + digit(number, 10) * 3
    + digit(number, 11) * 7 + digit(number, 12) * 9 + digit(number, 13) * 10 + digit(number, 14) * 5
    + digit(number, 15) * 8 + digit(number, 16) * 4 + digit(number, 17) * 2) % 11, 1);
