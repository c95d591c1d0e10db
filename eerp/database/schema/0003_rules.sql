-- Called where a row that was written would break a rule of access: the statement
-- fails, and what it wrote is undone even when it is alone in its transaction.
CREATE FUNCTION eerp.refuse(code text, subject text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ER403',
        COLUMN = subject,
        MESSAGE = CASE code
            WHEN 'reference' THEN
                subject || ' refers to a record that you may not read.'
            ELSE
                'You may not write such a record: ' || subject || '.'
        END;
END
$$;
